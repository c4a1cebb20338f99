package main

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"batchlab/internal/threadtime"
	ai "batchlab/service-b/model"
)

// compute uses CPU time of its thread for d.
func compute(d time.Duration) {
	start, _ := threadtime.Now()
	for {
		if now, _ := threadtime.Now(); now-start >= d {
			return
		}
	}
}

func needThreadTime(t *testing.T) {
	t.Helper()
	if _, ok := threadtime.Now(); !ok {
		t.Skip("threads have no CPU clock here")
	}
}

// However a call ends, its CPU time counts, and only its own.
func TestCPUTimeOfCalls(t *testing.T) {
	needThreadTime(t)
	const used = 20 * time.Millisecond
	for name, f := range map[string]infer{
		"returns": func(context.Context, []string) ([]ai.Result, error) { compute(used); return nil, nil },
		"panics":  func(context.Context, []string) ([]ai.Result, error) { compute(used); panic("boom") },
		"exits":   func(context.Context, []string) ([]ai.Result, error) { compute(used); runtime.Goexit(); return nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			total := prometheus.NewCounter(prometheus.CounterOpts{Name: "total"})
			measured := withCPUTime(f, total)
			var call sync.WaitGroup
			var thread time.Duration // all CPU time of its thread
			call.Go(func() {
				runtime.LockOSThread()
				start, _ := threadtime.Now()
				defer func() {
					_ = recover()
					end, _ := threadtime.Now()
					thread = end - start
				}()
				_, _ = measured(t.Context(), nil)
			})
			call.Wait()
			if got := testutil.ToFloat64(total); got < used.Seconds() || got > thread.Seconds() {
				t.Errorf("%v s counted, want %v s to %v s", got, used.Seconds(), thread.Seconds())
			}
		})
	}
}

func TestCPUTimeLeavesOutSleep(t *testing.T) {
	needThreadTime(t)
	total := prometheus.NewCounter(prometheus.CounterOpts{Name: "total"})
	begin := time.Now()
	_, _ = withCPUTime(lasts(50*time.Millisecond).Infer, total)(t.Context(), []string{"a"})
	if got, elapsed := testutil.ToFloat64(total), time.Since(begin).Seconds(); got >= elapsed {
		t.Errorf("%v s of CPU time in %v s, asleep", got, elapsed)
	}
}

func TestCPUTimeIsAMetric(t *testing.T) {
	needThreadTime(t)
	s := start(t, modelFunc(func(_ context.Context, urls []string) ([]ai.Result, error) {
		compute(5 * time.Millisecond)
		return make([]ai.Result, len(urls)), nil
	}), "BATCH_SIZE=1")
	for range 4 {
		if r := s.post(body); r.status != 200 {
			t.Fatalf("got %+v", r)
		}
	}
	if got := s.value("batcher_ai_cpu_seconds_total"); got < 0.020 {
		t.Errorf("%v s, want 20 ms or more", got)
	}
}

func BenchmarkCPUTimeOfACall(b *testing.B) {
	total := prometheus.NewCounter(prometheus.CounterOpts{Name: "total"})
	for name, f := range map[string]infer{"plain": ai.Noop{}.Infer, "measured": withCPUTime(ai.Noop{}.Infer, total)} {
		b.Run(name, func(b *testing.B) {
			urls := make([]string, 10)
			for b.Loop() {
				if _, err := f(b.Context(), urls); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
