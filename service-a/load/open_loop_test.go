package load

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-b/api"
)

func TestOpenLoopKeepsItsSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(25 * time.Millisecond)}
		l.start(t, t.Context(), Config{Plan: Plan{Rate: 100, Requests: 500}, Concurrency: 20})
		if len(l.samples) != 500 || l.run.Dropped != 0 {
			t.Fatalf("%d sent, %d dropped, want 500, 0", len(l.samples), l.run.Dropped)
		}
		slices.SortFunc(l.samples, func(a, b measure.Sample) int { return int(a.Due - b.Due) })
		for n, s := range l.samples {
			if want := time.Duration(n) * 10 * time.Millisecond; s.Due != want || s.Lag != 0 || s.Latency() != 25*time.Millisecond {
				t.Errorf("request %d was due at %v, sent %v late and took %v; want %v, 0s, 25ms", n, s.Due, s.Lag, s.Latency(), want)
			}
		}
		if l.run.WindowEnded != 4990*time.Millisecond {
			t.Errorf("sending stopped at %v, want 4.99s", l.run.WindowEnded)
		}
	})
}

// Requests that find no free worker are dropped and counted; none is sent late instead.
func TestOpenLoopDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(100 * time.Millisecond)}
		l.start(t, t.Context(), Config{Plan: Plan{Rate: 100, Requests: 1000}, Concurrency: 2})
		if sent := int64(len(l.samples)); sent+l.run.Dropped != 1000 || sent < 180 || sent > 200 {
			t.Errorf("%d sent, %d dropped; want about 200 of 1000 sent, the rest dropped", sent, l.run.Dropped)
		}
		if l.run.Unconnected != 0 {
			t.Errorf("%d dropped without a connection, want 0: both workers had one", l.run.Unconnected)
		}
		if late := l.count(func(s measure.Sample) bool { return s.Lag > 0 }); late != 0 {
			t.Errorf("%d were sent late", late)
		}
	})
}

// While B is away, requests are dropped because workers wait to reconnect, not because too many are in flight.
func TestOpenLoopDropsWithoutAConnection(t *testing.T) {
	skipUnderRace(t)
	synctest.Test(t, func(t *testing.T) {
		var l lab
		serve := slowly(10 * time.Millisecond)
		l.handler = func(w http.ResponseWriter, r *http.Request) {
			if l.away.Load() {
				panic(http.ErrAbortHandler) // closes the connection
			}
			serve(w, r)
		}
		time.AfterFunc(20*time.Second, func() { l.away.Store(true) })
		time.AfterFunc(25*time.Second, func() { l.away.Store(false) })
		l.start(t, t.Context(), Config{Plan: Plan{Rate: 200, Duration: time.Minute}, Concurrency: 50})
		if sent := int64(len(l.samples)); l.run.Dropped < 300 || l.run.Unconnected != l.run.Dropped || sent+l.run.Dropped != 12_000 {
			t.Errorf("%d sent, %d dropped, %d of them without a connection; want 12000 in all, hundreds dropped, each without a connection",
				sent, l.run.Dropped, l.run.Unconnected)
		}
		if lost := int64(l.outcomes(measure.Connection)) + l.run.Dropped; lost < 1000 || lost > 1600 {
			t.Errorf("%d lost, want those of the 5 s and of up to 1.5 s of back-off", lost)
		}
	})
}

// When the last request is sent late, the window lasts until then, and holds exactly what ended by then.
func TestLastRequestIsLate(t *testing.T) {
	for _, plan := range []Plan{{Rate: 10, Requests: 11}, {Rate: 10, Requests: 11, Duration: 1250 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			waits := 0
			late := func(ctx context.Context, d time.Duration) bool {
				if waits++; waits == 11 {
					d += 500 * time.Millisecond
				}
				return sleep(ctx, d)
			}
			l := lab{handler: slowly(320 * time.Millisecond)}
			l.start(t, t.Context(), Config{Plan: plan, Concurrency: 20, Wait: late})
			inWindow := l.count(func(s measure.Sample) bool { return s.InWindow })
			endedBy := l.count(func(s measure.Sample) bool { return s.End <= l.run.WindowEnded })
			if want := min(1500*time.Millisecond, plan.End()); l.run.WindowEnded != want || inWindow != 10 || endedBy != 10 || len(l.samples) != 11 {
				t.Errorf("%+v: %d in the window, %d ended by its end at %v, of %d; want 10, 10, %v, 11", plan, inWindow, endedBy, l.run.WindowEnded, len(l.samples), want)
			}
		})
	}
}

func TestOpenLoopDurationAndWarmup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(time.Millisecond)}
		l.start(t, t.Context(), Config{Plan: Plan{Rate: 200, Duration: 2 * time.Second, Warmup: time.Second}, Concurrency: 5})
		warmup := l.count(func(s measure.Sample) bool { return s.Warmup })
		if warmup != 200 || len(l.samples) != 600 || l.run.Dropped != 0 {
			t.Errorf("%d in the warm-up, %d in all, %d dropped; want 200, 600, 0", warmup, len(l.samples), l.run.Dropped)
		}
		if l.run.WindowEnded != 3*time.Second {
			t.Errorf("sending stopped at %v, want 3s", l.run.WindowEnded)
		}
	})
}

// stalling answers in 5 ms, but stalls for one second from the tenth second on.
func stalling() http.HandlerFunc {
	var start atomic.Pointer[time.Time]
	return func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		start.CompareAndSwap(nil, &now)
		if since := time.Since(*start.Load()); since >= 10*time.Second && since < 11*time.Second {
			time.Sleep(11*time.Second - since)
		}
		time.Sleep(5 * time.Millisecond)
		answer(w, r)
	}
}

// With requests sent by the clock, a stall of one second in 30 delays one request in 30. A closed loop sends
// nothing during the stall, and so hardly sees it: that is coordinated omission.
func TestStallShowsInAnOpenLoop(t *testing.T) {
	skipUnderRace(t)
	synctest.Test(t, func(t *testing.T) {
		open := lab{handler: stalling()}
		open.start(t, t.Context(), Config{Plan: Plan{Rate: 200, Duration: 30 * time.Second}, Concurrency: 300})
		if got := open.p99(); got < 600*time.Millisecond || got > time.Second {
			t.Errorf("open loop: p99 = %v, want about 0.7s", got)
		}
		if n := len(open.samples); n != 6000 || open.run.Dropped != 0 {
			t.Errorf("open loop: %d sent, %d dropped, want 6000, 0", n, open.run.Dropped)
		}
		closed := lab{handler: stalling()}
		closed.start(t, t.Context(), Config{Plan: Plan{Duration: 30 * time.Second}, Concurrency: 1})
		if got := closed.p99(); got > 10*time.Millisecond {
			t.Errorf("closed loop: p99 = %v, want about 5ms", got)
		}
	})
}

func TestOpenLoopWithoutServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seldom := lab{handler: answer}
		seldom.away.Store(true)
		seldom.start(t, t.Context(), Config{Plan: Plan{Rate: 1, Duration: time.Minute}, Concurrency: 10})
		if dials := seldom.hosts["10.0.0.1"].dials.Load(); dials > 10+2*60 || seldom.outcomes(measure.Connection) != 60 {
			t.Errorf("dialled %d times for 60 requests, %d of them connection", dials, seldom.outcomes(measure.Connection))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: answer}
		l.away.Store(true)
		l.start(t, t.Context(), Config{Plan: Plan{Rate: 1000, Duration: time.Minute}, Concurrency: 10})
		if dials := l.hosts["10.0.0.1"].dials.Load(); dials > 2*10*80 {
			t.Errorf("dialled %d times in a minute with 10 workers", dials)
		}
		if sent := int64(len(l.samples)); sent+l.run.Dropped < 59_000 || l.outcomes(measure.Connection) != len(l.samples) {
			t.Errorf("%d sent, %d dropped, %d of them connection; want 60000 in all", sent, l.run.Dropped, l.outcomes(measure.Connection))
		}
	})
}

// Near capacity, workers become free at the very moment when requests are due. Even then each request is
// either sent once or dropped.
func TestEachRequestIsHandedOverOnce(t *testing.T) {
	const requests = 20_000
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Add(1)
		answer(w, r)
	}))
	defer server.Close()
	resolver := clientOf(t, server.URL+api.Path, time.Second).link.resolver
	var mu sync.Mutex
	sent := map[time.Duration]int{}
	run := New(Config{
		Target: parse(t, server.URL+api.Path), Resolver: resolver, ImageURL: "http://example.com/a.png",
		Plan: Plan{Rate: 40_000, Requests: requests}, Concurrency: 4, Timeout: 10 * time.Second,
		Observe: func(_ int, s measure.Sample) {
			mu.Lock()
			defer mu.Unlock()
			sent[s.Due]++
			if s.Outcome != measure.OK {
				t.Errorf("%v: %s", s.Outcome, s.Example)
			}
		},
	}).Run(t.Context())
	for due, n := range sent {
		if n != 1 {
			t.Errorf("the request due at %v was sent %d times", due, n)
		}
	}
	if got := int64(len(sent)); got+run.Dropped != requests || arrived.Load() != got {
		t.Errorf("%d sent, %d arrived, %d dropped, want %d in all", got, arrived.Load(), run.Dropped, requests)
	}
}

// A request handed over while its worker reconnects is sent late, not lost, and its lag shows it.
func TestReconnectingWhenARequestIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: answer, dialling: 900 * time.Millisecond}
		l.start(t, t.Context(), Config{Plan: Plan{Rate: 0.3, Requests: 30}, Concurrency: 1})
		if l.outcomes(measure.OK) != 30 || l.run.Dropped != 0 {
			t.Errorf("%d ok, %d dropped, want 30, 0", l.outcomes(measure.OK), l.run.Dropped)
		}
		late := l.count(func(s measure.Sample) bool { return s.Lag > 0 })
		if dials := l.hosts["10.0.0.1"].dials.Load(); late == 0 || dials < 2 || l.mostLag() > 900*time.Millisecond {
			t.Errorf("%d were late, by at most %v, after %d dials; want some, by up to 900ms", late, l.mostLag(), dials)
		}
	})
}
