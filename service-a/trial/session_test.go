package trial

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-b/api"
)

// goroutines lists those that a trial can leave behind: all except the server's and the tests' own.
func goroutines() (left []string) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		for _, own := range []string{"batchlab/service-a/trial.(*", "batchlab/service-a/trial.sample", "batchlab/service-a/load.", "batchlab/service-a/target.", "net/http.(*persistConn)", "net/http.(*Transport)"} {
			if strings.Contains(stack, own) {
				left = append(left, stack)
				break
			}
		}
	}
	return left
}

// watcher scrapes a session over and over, and records every counter that fell.
type watcher struct {
	session *Session
	stop    chan struct{}
	done    sync.WaitGroup
	scrapes int
	fell    []string
}

func watch(s *Session) *watcher {
	w := &watcher{session: s, stop: make(chan struct{})}
	w.done.Go(func() {
		last := s.Figures()
		for {
			select {
			case <-w.stop:
				return
			default:
			}
			now := s.Figures()
			w.scrapes++
			for o, n := range now.Totals.Outcomes {
				if n < last.Totals.Outcomes[o] {
					w.fell = append(w.fell, measure.Outcome(o).String())
				}
			}
			if now.Totals.Latency.Count() < last.Totals.Latency.Count() || now.Totals.TSDiff.Sum() < last.Totals.TSDiff.Sum() {
				w.fell = append(w.fell, "histograms")
			}
			if now.Dropped < last.Dropped {
				w.fell = append(w.fell, "dropped")
			}
			last = now
		}
	})
	return w
}

// Trials follow one another in one process: counters grow by exactly what each summary says, the
// gauges follow the point, and no goroutine remains.
func TestTrialsInOneProcess(t *testing.T) {
	l := newLab(t)
	l.before = func(n int64) bool { return n%10 != 0 }
	w := watch(l.session)
	if f := l.session.Figures(); f.Totals.Sent() != 0 || f.Dropped != 0 || f.Point.Concurrency != 0 || f.InFlight != 0 {
		t.Errorf("before the first trial: %+v, want nothing", f)
	}
	var sum measure.Totals
	var dropped int64
	for _, cfg := range []Config{
		point(3, load.Plan{Requests: 200}),
		point(17, load.Plan{Requests: 300, Warmup: 50 * time.Millisecond}),
		point(8, load.Plan{Rate: 2000, Requests: 100}),
	} {
		before := l.session.Figures()
		summary := l.session.Run(t.Context(), cfg)
		after := l.session.Figures()
		if sent := summary.Totals.Sent() + summary.Dropped; sent != cfg.Plan.Requests {
			t.Errorf("%d in flight: %d sent and %d dropped, want %d in all", cfg.Concurrency, summary.Totals.Sent(), summary.Dropped, cfg.Plan.Requests)
		}
		sum.Merge(summary.Totals)
		dropped += summary.Dropped
		grown := after.Totals.Sent() - before.Totals.Sent()
		if warmup := grown - summary.Totals.Sent(); cfg.Plan.Warmup == 0 && warmup != 0 || cfg.Plan.Warmup > 0 && warmup <= 0 {
			t.Errorf("%d in flight: counters grew by %d, the summary has %d and the warm-up was %v", cfg.Concurrency, grown, summary.Totals.Sent(), cfg.Plan.Warmup)
		} else {
			l.checkWarmup(t, before, after, summary, warmup)
		}
		if after.Point.Concurrency != cfg.Concurrency || after.Point.Plan != cfg.Plan || after.Point.Settings[0].Value != cfg.Concurrency || after.InFlight != 0 {
			t.Errorf("after the trial the point is %+v with %d in flight, want %+v, 0", after.Point, after.InFlight, cfg)
		}
		if len(summary.Config) != 1 || summary.Config[0].Value != cfg.Concurrency {
			t.Errorf("the summary's settings are %v, want %v", summary.Config, cfg.Settings)
		}
		var left []string
		eventually(t, "no goroutine is left", func() bool { left = goroutines(); return len(left) == 1 }) // the watcher
	}
	close(w.stop)
	w.done.Wait()
	if len(w.fell) > 0 || w.scrapes < 3 {
		t.Errorf("in %d scrapes these counters fell: %v", w.scrapes, w.fell)
	}
	f := l.session.Figures()
	if f.Totals.Sent() != l.asked.Load() || f.Dropped != dropped {
		t.Errorf("%d requests and %d dropped in all, want the server's %d and the summaries' %d", f.Totals.Sent(), f.Dropped, l.asked.Load(), dropped)
	}
	if failed := f.Totals.Outcomes[measure.Failed]; failed != l.asked.Load()/10 || f.Totals.Outcomes[measure.OK] != l.asked.Load()-failed {
		t.Errorf("%d ok and %d failed of %d, want every tenth to fail", f.Totals.Outcomes[measure.OK], failed, l.asked.Load())
	}
	if f.Totals.Lag.Count() != sum.Lag.Count() || f.Totals.Lag.Count() == 0 {
		t.Errorf("schedule lag of %d requests, the summaries have %d", f.Totals.Lag.Count(), sum.Lag.Count())
	}
}

// checkWarmup compares what the counters grew by with the summary, outcome by outcome.
func (l *lab) checkWarmup(t *testing.T, before, after Figures, summary measure.Summary, warmup int64) {
	t.Helper()
	for o := range after.Totals.Outcomes {
		warmup -= after.Totals.Outcomes[o] - before.Totals.Outcomes[o] - summary.Totals.Outcomes[o]
		if more := after.Totals.Outcomes[o] - before.Totals.Outcomes[o]; more < summary.Totals.Outcomes[o] {
			t.Errorf("%s grew by %d, the summary has %d", measure.Outcome(o), more, summary.Totals.Outcomes[o])
		}
	}
	if warmup != 0 {
		t.Errorf("the outcomes do not add up: %d too many", warmup)
	}
	if more := after.Totals.Latency.Count() - before.Totals.Latency.Count(); more != after.Totals.Outcomes[measure.OK]-before.Totals.Outcomes[measure.OK] {
		t.Errorf("the latency histogram grew by %d, ok by %d", more, after.Totals.Outcomes[measure.OK]-before.Totals.Outcomes[measure.OK])
	}
}

// A second trial that is requested meanwhile waits for its turn.
func TestTrialsTakeTurns(t *testing.T) {
	l := newLab(t)
	ctx, stop := context.WithCancel(t.Context())
	second := make(chan measure.Summary, 1)
	l.before = func(n int64) bool {
		if n == 10 {
			go func() { second <- l.session.Run(context.Background(), point(2, load.Plan{Requests: 5})) }()
		}
		if n == 1000 {
			stop()
		}
		return true
	}
	first := l.session.Run(ctx, point(3, load.Plan{}))
	if n := (<-second).Totals.Sent(); n != 5 {
		t.Errorf("the second trial sent %d, want 5", n)
	}
	if got := l.session.Figures().Totals.Sent(); got != first.Totals.Sent()+5 || got != l.asked.Load() || first.Totals.Sent() < 1000 {
		t.Errorf("%d requests counted, want %d of the first and 5 of the second, %d in all", got, first.Totals.Sent(), l.asked.Load())
	}
}

// A session shows the requests in flight of its running trial; a stopped trial still waits for them.
func TestStoppedTrial(t *testing.T) {
	l := newLab(t)
	release := make(chan struct{})
	l.before = func(int64) bool { <-release; return true }
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan measure.Summary)
	if l.session.Sending() {
		t.Error("sending before the first trial")
	}
	go func() { done <- l.session.Run(ctx, point(8, load.Plan{})) }()
	eventually(t, "8 requests at B", func() bool { return l.asked.Load() == 8 })
	if f := l.session.Figures(); f.InFlight != 8 || !l.session.Sending() {
		t.Errorf("%d in flight, sending %v; want 8, true", f.InFlight, l.session.Sending())
	}
	stop()
	eventually(t, "sending stops", l.session.current.stopping.Load) // else a worker could send once more
	close(release)
	if s := <-done; s.Totals.Sent() != 8 || s.Totals.Outcomes[measure.OK] != 8 || l.session.Sending() {
		t.Errorf("%d sent, %d ok, still sending %v; want 8, 8, false", s.Totals.Sent(), s.Totals.Outcomes[measure.OK], l.session.Sending())
	}
}

// Dropped requests add up over trials. The lag of every request counts, even in the warm-up.
func TestOpenLoopsAddUp(t *testing.T) {
	l := newLab(t)
	l.before = func(int64) bool { time.Sleep(20 * time.Millisecond); return true }
	var dropped int64
	for range 3 {
		s := l.session.Run(t.Context(), point(1, load.Plan{Rate: 1000, Requests: 50, Warmup: 30 * time.Millisecond}))
		if s.Dropped == 0 || s.Dropped+s.Totals.Sent() != 50 {
			t.Errorf("%d dropped and %d sent, want 50 in all and some dropped", s.Dropped, s.Totals.Sent())
		}
		dropped += s.Dropped
		if f := l.session.Figures(); f.Dropped != dropped || f.Totals.Lag.Count() != f.Totals.Sent() || f.Totals.Sent() != l.asked.Load() {
			t.Errorf("%d dropped, %d lags of %d requests; want %d dropped, %d of both", f.Dropped, f.Totals.Lag.Count(), f.Totals.Sent(), dropped, l.asked.Load())
		}
	}
}

// Requests dropped for lack of a connection add up over trials, too.
func TestUnconnectedAddsUp(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	session := NewSession(parse(t, server.URL+api.Path), nil)
	var dropped int64
	for range 3 {
		s := session.Run(t.Context(), point(1, load.Plan{Rate: 1000, Requests: 50}))
		if s.Dropped == 0 || s.Unconnected != s.Dropped || s.Dropped+s.Totals.Sent() != 50 {
			t.Errorf("%d sent and %d dropped, %d of them without a connection; want 50 in all and some dropped, each without one", s.Totals.Sent(), s.Dropped, s.Unconnected)
		}
		dropped += s.Dropped
		if f := session.Figures(); f.Dropped != dropped || f.Unconnected != dropped {
			t.Errorf("%d dropped in all, %d of them without a connection; want %d of both", f.Dropped, f.Unconnected, dropped)
		}
		if last := session.current.snapshot(t.Context()); last.Dropped != s.Dropped || last.Unconnected != s.Dropped {
			t.Errorf("a snapshot shows %d dropped, %d of them without a connection; want %d of both", last.Dropped, last.Unconnected, s.Dropped)
		}
	}
}

// The figures warn of batches that cannot fill, as B was last seen.
func TestFiguresWarn(t *testing.T) {
	l := newLab(t)
	for concurrency, cannot := range map[int]bool{9: true, 10: false} {
		l.session.begin(point(concurrency, load.Plan{})).monitor.latest = measure.Server{Instances: 1, BatchSize: 10, Partial: "fail", Recent: measure.Counts{measure.Incomplete: 1}}
		if got := l.session.Figures().CannotFill; got != cannot {
			t.Errorf("%d requests in flight and batches of 10 that never fill: a warning is %v, want %v", concurrency, got, cannot)
		}
	}
}

// Run returns after the last call of Watch.
func TestNothingGoesOnAfterRun(t *testing.T) {
	l := newLab(t)
	watching := make(chan struct{})
	var watched bool
	l.before = func(int64) bool { <-watching; return true }
	cfg := point(1, load.Plan{Requests: 1})
	cfg.Watch = func(Snapshot) {
		if !watched {
			close(watching)
			time.Sleep(200 * time.Millisecond) // the run is over long before
			watched = true
		}
	}
	l.session.Run(t.Context(), cfg)
	if !watched {
		t.Error("Run returned while Watch was running")
	}
}
