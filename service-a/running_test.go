package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"batchlab/service-b/api"
)

// A stopped run still waits for the requests in flight, and prints its summary.
func TestStoppedRun(t *testing.T) {
	var served atomic.Int64
	release := make(chan struct{})
	target := start(t, func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		<-release
		serve(w, r)
	})
	admin := freeAddr(t)
	l := newLab("TARGET_URL="+target, "REQUESTS=0", "CONCURRENCY=8", "ADMIN_ADDR="+admin)
	ctx, stop := context.WithCancel(t.Context())
	status := make(chan int)
	go func() { status <- l.run(ctx) }()
	eventually(t, "8 requests are in flight", func() bool { return served.Load() == 8 })
	healthy := newLab("ADMIN_ADDR=" + admin)
	if got := healthy.run(t.Context(), "healthcheck"); got != 0 {
		t.Errorf("healthcheck of a running A exits %d: %s", got, healthy.stderr.String())
	}
	if m, err := get("http://" + admin + "/metrics"); err != nil || !strings.Contains(m, "\nloadgen_in_flight 8\n") {
		t.Errorf("in flight is not 8 (%v):\n%s", err, m)
	}
	stop()
	close(release) // a worker may send once more before it notices the stop
	if got := <-status; got != 0 || l.stdout.value("succeeded") != fmt.Sprint(served.Load()) || l.stdout.value("failed") != "0" {
		t.Errorf("exit status %d, want 0 with %d succeeded:\n%s", got, served.Load(), l.stdout.String())
	}
}

// adminOf is the part of B's admin port that A reads.
func adminOf(t *testing.T, batchSize *atomic.Int64) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "# TYPE batcher_batch_size_configured gauge\nbatcher_batch_size_configured %d\n"+
			"# TYPE batcher_queue_depth gauge\nbatcher_queue_depth 4\n"+
			"# TYPE batcher_config_info gauge\nbatcher_config_info{ai_model=\"noop\",partial_batch=\"fail\"} 1\n"+
			"# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1.5\n", batchSize.Load())
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestConcurrencyBelowBatchSize(t *testing.T) {
	var batchSize atomic.Int64
	batchSize.Store(10)
	target := start(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		refuse(w, http.StatusGatewayTimeout, api.CodeIncomplete)
	})
	admin, dir := freeAddr(t), t.TempDir()
	l := newLab("TARGET_URL="+target, "TARGET_ADMIN_URL="+adminOf(t, &batchSize), "REQUESTS=0", "CONCURRENCY=5", "ADMIN_ADDR="+admin, "REPORT_DIR="+dir)
	ctx, stop := context.WithCancel(t.Context())
	status := make(chan int)
	go func() { status <- l.run(ctx) }()

	const warning = "CONCURRENCY 5 is below BATCH_SIZE 10"
	shows := func(value string) func() bool {
		return func() bool {
			m, err := get("http://" + admin + "/metrics")
			return err == nil && strings.Contains(m, "\nloadgen_concurrency_below_batch_size "+value+"\n")
		}
	}
	eventually(t, "a warning", func() bool { return strings.Contains(l.stdout.String(), "WARNING: "+warning) })
	eventually(t, "the metric at 1", shows("1"))
	batchSize.Store(5)
	eventually(t, "batches can fill again", func() bool { return strings.Contains(l.stdout.String(), "batches can fill again") })
	eventually(t, "the metric at 0", shows("0"))
	batchSize.Store(10)
	eventually(t, "the warning again", func() bool { return strings.Count(l.stdout.String(), "WARNING: "+warning) == 2 })
	stop()
	if got := <-status; got != 1 {
		t.Errorf("exit status %d, want 1", got)
	}
	if got := strings.Count(l.stdout.String(), "WARNING: "); got != 2 {
		t.Errorf("warned %d times, want once for each change", got)
	}
	// The limit depends on what else this machine is doing.
	if !strings.Contains(l.stdout.String(), "\nverdict: INVALID, limit: ") || !strings.Contains(l.stdout.String(), "\n  - no request succeeded") || !strings.Contains(l.stdout.String(), "\n  - "+warning) {
		t.Errorf("the summary's reasons are not that nothing succeeded, and %q:\n%s", warning, l.stdout.String())
	}
	if r := readReport(t, dir); len(r.Verdict.Reasons) < 2 || !strings.HasPrefix(r.Verdict.Reasons[1], warning) || r.Verdict.Valid {
		t.Errorf("the report's reasons are %q, want %q", r.Verdict.Reasons, warning)
	}
}

// A survives a restart of B: it carries on and counts the failed requests.
func TestServerRestart(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	var served atomic.Int64
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		time.Sleep(time.Millisecond)
		serve(w, r)
	})
	first := &http.Server{Handler: handler}
	go func() { _ = first.Serve(listener) }()
	l := newLab("TARGET_URL=http://"+addr+"/testB", "REQUESTS=0", "CONCURRENCY=10", "GOAL_FAILED=100%")
	ctx, stop := context.WithCancel(t.Context())
	status := make(chan int)
	go func() { status <- l.run(ctx) }()
	eventually(t, "100 served", func() bool { return served.Load() > 100 })
	_ = first.Close()
	time.Sleep(300 * time.Millisecond)
	before := served.Load()
	eventually(t, "the address is free again", func() bool { listener, err = net.Listen("tcp", addr); return err == nil })
	second := &http.Server{Handler: handler}
	defer func() { _ = second.Close() }()
	go func() { _ = second.Serve(listener) }()
	eventually(t, "100 more served", func() bool { return served.Load() > before+100 })
	stop()
	if got := <-status; got != exitOK && got != exitInvalid || !strings.Contains(l.stdout.value("requests"), "connection ") {
		t.Errorf("exit status %d, requests: %s; want 0 (or 3 on a busy machine), some of them connection", got, l.stdout.value("requests"))
	}
}
