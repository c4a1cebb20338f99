package load

import (
	"testing"
	"testing/synctest"
	"time"
)

// A request that found no connection was never in flight, however long dialling took.
func TestFailedDialIsNotInFlight(t *testing.T) {
	for _, plan := range []Plan{{Duration: 10 * time.Second}, {Rate: 5, Duration: 10 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: answer}
			l.listen(t)
			l.hosts["10.0.0.1"].hole.Store(true)
			l.start(t, t.Context(), Config{Plan: plan, Concurrency: 2, Timeout: 500 * time.Millisecond})
			if len(l.samples) < 10 {
				t.Fatalf("%+v: %d requests, want some", plan, len(l.samples))
			}
			for _, s := range l.samples {
				if s.TimeInWindow != 0 {
					t.Fatalf("%+v: %v was in flight for %v", plan, s.Outcome, s.TimeInWindow)
				}
			}
		})
	}
}

// The window begins even if all REQUESTS are sent the moment that the warm-up ends.
func TestWindowOfFewRequestsBegins(t *testing.T) {
	for i := range 50 { // which goroutine comes first is random
		warmup := []time.Duration{100 * time.Millisecond, 0}[i%2]
		synctest.Test(t, func(t *testing.T) {
			began, ended := 0, 0
			l := lab{handler: slowly(10 * time.Millisecond)}
			l.start(t, t.Context(), Config{
				Plan: Plan{Requests: 1, Warmup: warmup}, Concurrency: 9,
				WindowBegan: func() { began++ }, WindowEnded: func() { ended++ },
			})
			if began != 1 || ended != 1 {
				t.Fatalf("warm-up %v: the window began %d times and ended %d times, want once", warmup, began, ended)
			}
		})
	}
}

// A request is in flight from when it is sent. Its latency counts from when it was due, but that is another matter: a lag of
// microseconds would spoil Little's law of a fast server.
func TestLagIsNotInFlight(t *testing.T) {
	for name, tt := range map[string]struct {
		plan Plan
		want time.Duration
	}{
		"after the warm-up":    {Plan{Rate: 100}, 5 * time.Millisecond},
		"in the warm-up":       {Plan{Rate: 100, Warmup: 17 * time.Millisecond}, 3 * time.Millisecond},
		"lag over the warm-up": {Plan{Rate: 100, Warmup: 12 * time.Millisecond}, 5 * time.Millisecond},
	} {
		r := New(Config{Plan: tt.plan})
		r.started = time.Unix(1_700_000_000, 0)
		at := func(ms int) time.Time { return r.started.Add(time.Duration(ms) * time.Millisecond) }
		res := result{sent: at(15), end: at(20)}
		r.place(&res, 10*time.Millisecond)
		if res.TimeInWindow != tt.want || res.Lag != 5*time.Millisecond || res.Latency() != 10*time.Millisecond {
			t.Errorf("%s: in flight for %s of the window, lag %s, latency %s; want %s, 5ms, 10ms", name, res.TimeInWindow, res.Lag, res.Latency(), tt.want)
		}
	}
}
