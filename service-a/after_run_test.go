package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"batchlab/internal/admin"
)

// With AFTER_RUN=serve, a finished run keeps serving its metrics and reports, stays ready, and ends with
// the run's exit status when it is stopped.
func TestAfterRunServe(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
	}{
		{"valid", serve, 0},
		{"nothing succeeded", func(w http.ResponseWriter, _ *http.Request) { refuse(w, 500, "ai_failed") }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr, dir := freeAddr(t), filepath.Join(t.TempDir(), "reports")
			l := newLab("TARGET_URL="+start(t, tt.handler), "REQUESTS=100", "AFTER_RUN=serve", "ADMIN_ADDR="+addr, "REPORT_DIR="+dir, "REPORT_URL=http://"+addr+"/")
			ctx, stop := context.WithCancel(t.Context())
			status := make(chan int)
			go func() { status <- l.run(ctx) }()
			eventually(t, "the run is over", func() bool { return strings.Contains(l.stdout.String(), "served until") })

			index, err := get("http://" + addr + "/")
			if err != nil {
				t.Fatal(err)
			}
			link := regexp.MustCompile(`href="(run-[^"]+\.json)"`).FindStringSubmatch(index)
			if link == nil {
				t.Fatalf("no report on the page:\n%s", index)
			}
			if got := l.stdout.value("report"); got != "http://"+addr+"/"+link[1] {
				t.Errorf("the summary names %s, the page %s", got, link[1])
			}
			var r jsonReport
			if body, err := get("http://" + addr + "/" + link[1]); err != nil || json.Unmarshal([]byte(body), &r) != nil || r.Requests["sent"] != 100 {
				t.Errorf("the report is %s (%v)", body, err)
			}
			if metrics, err := get("http://" + addr + "/metrics"); err != nil || !strings.Contains(metrics, "loadgen_requests_total") {
				t.Errorf("no metrics: %v", err)
			}
			if err := admin.Healthcheck(t.Context(), addr); err != nil {
				t.Errorf("not ready: %v", err)
			}
			stop()
			if got := <-status; got != tt.status {
				t.Errorf("exit status %d, want %d", got, tt.status)
			}
		})
	}
}

// If the user stops a run, service-a ends without a second stop.
func TestAfterRunServeEndsWithAStoppedRun(t *testing.T) {
	l := newLab("TARGET_URL="+start(t, serve), "REQUESTS=0", "AFTER_RUN=serve")
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, stop)
	if status := l.run(ctx); status != 0 || strings.Contains(l.stdout.String(), "served until") {
		t.Errorf("exit status %d:\n%s", status, l.stdout.String())
	}
}

// A link to a report is printed only if A will serve it.
func TestReportOfAnAThatExits(t *testing.T) {
	for _, tt := range []struct{ afterRun, duration string }{{"exit", "100ms"}, {"serve", "1h"}} {
		l := newLab("TARGET_URL="+start(t, serve), "REQUESTS=0", "DURATION="+tt.duration, "AFTER_RUN="+tt.afterRun,
			"REPORT_DIR="+t.TempDir(), "REPORT_URL=http://localhost:5250")
		ctx, stop := context.WithTimeout(t.Context(), time.Second) // the second run is stopped
		l.run(ctx)
		stop()
		if _, err := os.Stat(l.stdout.value("report")); err != nil {
			t.Errorf("AFTER_RUN=%s: report: %s (%v)", tt.afterRun, l.stdout.value("report"), err)
		}
	}
}
