package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"batchlab/service-b/api"
)

func TestExitStatus(t *testing.T) {
	ok := start(t, serve)
	failing := start(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, 500, api.CodeFailed) })
	fails := func(tenths int64) string { // of the requests
		var asked atomic.Int64
		return start(t, func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1)%10 < tenths {
				refuse(w, 500, api.CodeFailed)
				return
			}
			serve(w, r)
		})
	}
	slow := start(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(20 * time.Millisecond); serve(w, r) })
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		name    string
		environ []string
		args    []string
		want    int
		stderr  string
	}{
		{"all well", []string{"TARGET_URL=" + ok, "REQUESTS=100"}, nil, 0, ""},
		{"nothing succeeded", []string{"TARGET_URL=" + failing, "REQUESTS=100"}, nil, 1, ""},
		{"requests dropped", []string{"TARGET_URL=" + slow, "RATE=1000", "REQUESTS=50", "CONCURRENCY=1"}, nil, 3, ""},
		{"more failed than may", []string{"TARGET_URL=" + fails(1), "REQUESTS=100"}, nil, 4, ""},
		{"fewer failed than may", []string{"TARGET_URL=" + fails(1), "REQUESTS=100", "GOAL_FAILED=10.5%"}, nil, 0, ""},
		{"more than half failed", []string{"TARGET_URL=" + fails(6), "REQUESTS=100", "GOAL_FAILED=100%"}, nil, 3, ""},
		{"nobody there", []string{"TARGET_URL=http://" + freeAddr(t) + "/testB", "REQUESTS=5"}, nil, 1, ""},
		{"no such host", []string{"TARGET_URL=http://no-such-host.invalid/testB", "REQUESTS=5"}, nil, 1, ""},
		{"port taken", []string{"TARGET_URL=" + ok, "ADMIN_ADDR=" + taken.Addr().String()}, nil, 1, `ADMIN_ADDR is "` + taken.Addr().String() + `": listen tcp`},
		{"report directory cannot be made", []string{"TARGET_URL=" + ok, "REPORT_DIR=/dev/null/x"}, nil, 1, "REPORT_DIR: mkdir"},
		{"report directory is read-only", []string{"TARGET_URL=" + ok, "REPORT_DIR=/proc"}, nil, 1, "REPORT_DIR: "},
		{"bad configuration", []string{"CONCURRENCY=0", "RATE=x"}, nil, 2, "CONCURRENCY is \"0\"; allowed:"},
		{"unknown argument", nil, []string{"sweep"}, 2, "usage: service-a [healthcheck | merge REPORT...]"},
		{"more than healthcheck", nil, []string{"healthcheck", "now"}, 2, "usage: service-a"},
		{"not healthy", []string{"ADMIN_ADDR=" + freeAddr(t)}, []string{"healthcheck"}, 1, "connection refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(tt.environ...)
			if got := l.run(t.Context(), tt.args...); got != tt.want {
				t.Errorf("exit status %d, want %d\n%s%s", got, tt.want, l.stdout.String(), l.stderr.String())
			}
			if !strings.Contains(l.stderr.String(), tt.stderr) || tt.stderr == "" && l.stderr.String() != "" {
				t.Errorf("stderr = %q, want %q", l.stderr.String(), tt.stderr)
			}
			if (tt.want == 2 || strings.HasPrefix(tt.stderr, "REPORT_DIR")) && l.stdout.String() != "" {
				t.Errorf("something was started: %q", l.stdout.String())
			}
		})
	}
}

// The README's first run is long enough for its QPS; one of 260 requests is not, and says so.
func TestShortRunIsNamed(t *testing.T) {
	target := start(t, serve)
	for _, tt := range []struct {
		environ []string
		want    bool
	}{{nil, false}, {[]string{"REQUESTS=260"}, true}} {
		l := newLab(append(tt.environ, "TARGET_URL="+target)...)
		if status := l.run(t.Context()); status != exitOK && status != exitInvalid { // a busy machine can break Little's law
			t.Errorf("%v: exit status %d: %s%s", tt.environ, status, l.stdout.String(), l.stderr.String())
		}
		if got := strings.Contains(l.stdout.String(), "only 260 requests were measured"); got != tt.want || strings.Contains(l.stdout.String(), "10 x CONCURRENCY") != tt.want {
			t.Errorf("%v: warned %v, want %v:\n%s", tt.environ, got, tt.want, l.stdout.String())
		}
	}
}

// A long run must not lose its report because somebody removed the directory meanwhile.
func TestReportDirectoryRemovedDuringTheRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "reports")
	target := start(t, func(w http.ResponseWriter, r *http.Request) {
		_ = os.Remove(dir)
		serve(w, r)
	})
	l := newLab("TARGET_URL="+target, "REQUESTS=10", "CONCURRENCY=1", "REPORT_DIR="+dir)
	if status := l.run(t.Context()); status != 0 {
		t.Fatalf("exit status %d: %s", status, l.stderr.String())
	}
	if _, err := os.Stat(l.stdout.value("report")); err != nil {
		t.Error(err)
	}
}

// The server's count, the summary, the report and the metrics agree.
func TestFiguresAgree(t *testing.T) {
	var served, refused atomic.Int64
	var metrics atomic.Pointer[string] // in the middle of the run
	admin := freeAddr(t)
	target := start(t, func(w http.ResponseWriter, r *http.Request) {
		if served.Load() >= 1500 && metrics.Load() == nil {
			if body, err := get("http://" + admin + "/metrics"); err == nil {
				metrics.Store(&body)
			}
		}
		if (served.Load()+refused.Load())%10 == 9 {
			refused.Add(1)
			refuse(w, http.StatusInternalServerError, api.CodeFailed)
			return
		}
		served.Add(1)
		serve(w, r)
	})
	dir := filepath.Join(t.TempDir(), "reports")
	l := newLab("TARGET_URL="+target, "REQUESTS=3000", "CONCURRENCY=20", "GOAL_FAILED=100%", "REPORT_DIR="+dir, "ADMIN_ADDR="+admin, "DASHBOARD_URL=http://localhost:3000")
	if status := l.run(t.Context()); status != exitOK && status != exitInvalid { // on a busy machine
		t.Fatalf("exit status %d: %s%s", status, l.stdout.String(), l.stderr.String())
	}
	if first, _, _ := strings.Cut(l.stdout.String(), "\n"); first != "dashboard: http://localhost:3000" {
		t.Errorf("the first line is %q, want where the dashboard is", first)
	}
	if served.Load()+refused.Load() != 3000 {
		t.Errorf("the server got %d requests, want exactly 3000", served.Load()+refused.Load())
	}
	report := readReport(t, dir)
	for name, want := range map[string]string{
		"total time":                       fmt.Sprintf("%.1f ms", report.TotalTimeS*1000),
		"succeeded":                        strconv.FormatInt(served.Load(), 10),
		"failed":                           strconv.FormatInt(refused.Load(), 10),
		"mean ts_diff":                     fmt.Sprintf("%.3f ms", report.TSDiff["mean"]),
		"QPS":                              fmt.Sprintf("%.1f", report.QPS),
		"requests":                         fmt.Sprintf("sent 3000, ok %d, failed %d", served.Load(), refused.Load()),
		fmt.Sprintf("%8d", refused.Load()): "failed: 500 ai_failed",
		"          for example":            `{"error":"ai_failed","code":"ai_failed"}`,
	} {
		if got := l.stdout.value(name); got != want {
			t.Errorf("summary has %s: %s, want %s", name, got, want)
		}
	}
	if report.Requests["ok"] != served.Load() || report.Requests["failed"] != refused.Load() || report.Requests["sent"] != 3000 {
		t.Errorf("report has %v, want %d ok and %d failed", report.Requests, served.Load(), refused.Load())
	}
	if want := float64(report.OKInWindow) / report.DurationS; report.QPS != want || report.Config["concurrency"] != 20.0 || report.Schema != "batchlab/run/v2" {
		t.Errorf("report has QPS %v (want %v), concurrency %v, schema %q", report.QPS, want, report.Config["concurrency"], report.Schema)
	}
	if m := metrics.Load(); m == nil || !strings.Contains(*m, "loadgen_requests_total{outcome=\"ok\"}") {
		t.Errorf("no metrics while it ran")
	}
}

func get(url string) (string, error) {
	resp, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", resp.Status)
	}
	return string(body), err
}

type jsonReport struct {
	Schema     string             `json:"schema"`
	DurationS  float64            `json:"duration_s"`
	TotalTimeS float64            `json:"total_time_s"`
	QPS        float64            `json:"qps"`
	OKInWindow int64              `json:"ok_in_window"`
	Config     map[string]any     `json:"config"`
	Requests   map[string]int64   `json:"requests"`
	TSDiff     map[string]float64 `json:"ts_diff_ms"`
	Verdict    struct {
		Valid   bool     `json:"valid"`
		Reasons []string `json:"reasons"`
	} `json:"verdict"`
}

func readReport(t *testing.T, dir string) (r jsonReport) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "run-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("reports: %v (%v), want one", files, err)
	}
	body, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatal(err)
	}
	return r
}
