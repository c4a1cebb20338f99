package load

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-b/api"
)

func TestRequestsIsExact(t *testing.T) {
	for _, requests := range []int64{1, 5, 17, 18, 1000} {
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: slowly(10 * time.Millisecond)}
			l.start(t, t.Context(), Config{Plan: Plan{Requests: requests}, Concurrency: 17})
			if int64(len(l.samples)) != requests || int64(l.outcomes(measure.OK)) != requests {
				t.Errorf("REQUESTS=%d: %d sent, %d ok", requests, len(l.samples), l.outcomes(measure.OK))
			}
			rounds := (requests + 16) / 17
			if want := time.Duration(rounds) * 10 * time.Millisecond; l.run.Finished != want || l.run.WindowEnded != want-10*time.Millisecond {
				t.Errorf("REQUESTS=%d: sending stopped at %v, ended at %v; want %v, %v", requests, l.run.WindowEnded, l.run.Finished, want-10*time.Millisecond, want)
			}
		})
	}
}

func TestDurationAndWarmup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(30 * time.Millisecond)}
		l.start(t, t.Context(), Config{Plan: Plan{Duration: time.Second, Warmup: 500 * time.Millisecond}, Concurrency: 3})
		warmup := l.count(func(s measure.Sample) bool { return s.Warmup })
		inWindow := l.count(func(s measure.Sample) bool { return s.InWindow })
		// Each worker begins one every 30 ms: at 0 to 480 in the warm-up, at 510 to 1470 after it.
		if warmup != 3*17 || len(l.samples) != 3*50 {
			t.Errorf("%d in the warm-up of %d, want %d of %d", warmup, len(l.samples), 3*17, 3*50)
		}
		if inWindow != 3*34 { // requests that ended at 510 to 1500, warm-up or not
			t.Errorf("%d ended in the window, want %d", inWindow, 3*34)
		}
		if l.run.WindowBegan != 500*time.Millisecond || l.run.WindowEnded != 1500*time.Millisecond || l.run.Finished != 1500*time.Millisecond {
			t.Errorf("window began, window ended, finished = %v %v %v", l.run.WindowBegan, l.run.WindowEnded, l.run.Finished)
		}
	})
}

// A worker that always has a request in flight has one during the whole window, whatever crosses its ends.
func TestTimeInWindow(t *testing.T) {
	for _, plan := range []Plan{{Duration: time.Second, Warmup: 500 * time.Millisecond}, {Requests: 43, Warmup: 500 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: slowly(70 * time.Millisecond)}
			l.start(t, t.Context(), Config{Plan: plan, Concurrency: 3})
			var sum time.Duration
			for _, s := range l.samples {
				sum += s.TimeInWindow
			}
			if want := 3 * (l.run.WindowEnded - l.run.WindowBegan); sum != want || l.run.Finished == l.run.WindowEnded {
				t.Errorf("%+v: 3 workers were in flight for %v of the window, want %v", plan, sum, want)
			}
		})
	}
}

// A stopped run waits for the requests in flight, and counts them.
func TestStoppedEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(time.Second)}
		ctx, stop := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer stop()
		l.start(t, ctx, Config{Concurrency: 4})
		if len(l.samples) != 12 || l.outcomes(measure.OK) != 12 {
			t.Errorf("%d sent, %d ok, want 12 of both", len(l.samples), l.outcomes(measure.OK))
		}
		if l.run.WindowEnded != 2500*time.Millisecond || l.run.Finished != 3*time.Second {
			t.Errorf("window ended, finished = %v %v, want 2.5s 3s", l.run.WindowEnded, l.run.Finished)
		}
	})
}

// An interrupt while the last replies are awaited does not move the end of the window.
func TestStoppedAfterTheEnd(t *testing.T) {
	for _, plan := range []Plan{{Requests: 8}, {Duration: 1500 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: slowly(time.Second)}
			ctx, stop := context.WithTimeout(t.Context(), 1700*time.Millisecond)
			defer stop()
			l.start(t, ctx, Config{Plan: plan, Concurrency: 4})
			inWindow := l.count(func(s measure.Sample) bool { return s.InWindow })
			if l.run.WindowEnded != max(time.Second, plan.Duration) || l.run.Finished != 2*time.Second || len(l.samples) != 8 || inWindow != 4 {
				t.Errorf("%+v: window ended, finished = %v %v; %d sent, %d ended in the window; want 8, 4", plan, l.run.WindowEnded, l.run.Finished, len(l.samples), inWindow)
			}
		})
	}
}

// short answers every request as if its batch had not filled.
func short(w http.ResponseWriter, r *http.Request) {
	time.Sleep(time.Second)
	w.WriteHeader(http.StatusGatewayTimeout)
	_, _ = w.Write(api.ErrorReply{Error: "short", Code: api.CodeIncomplete}.AppendJSON(nil))
}

func TestLeftOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: short}
		l.start(t, t.Context(), Config{Plan: Plan{Requests: 15}, Concurrency: 5})
		if l.outcomes(measure.Incomplete) != 10 || l.outcomes(measure.LeftOver) != 5 {
			t.Errorf("%d incomplete and %d left over, want 10 that had others after them, and 5 that had not",
				l.outcomes(measure.Incomplete), l.outcomes(measure.LeftOver))
		}
	})
}

func TestTimeoutEndsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(time.Hour)}
		l.start(t, t.Context(), Config{Plan: Plan{Duration: 10 * time.Second}, Concurrency: 2, Timeout: 3 * time.Second})
		if l.outcomes(measure.Timeout) != 8 || l.run.Finished != 12*time.Second {
			t.Errorf("%d timeouts until %v, want 8 until 12s: each worker at 0, 3, 6 and 9", l.outcomes(measure.Timeout), l.run.Finished)
		}
	})
}

func TestWindowIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var began, ended time.Duration
		l := lab{handler: slowly(400 * time.Millisecond)}
		l.start(t, t.Context(), Config{
			Plan: Plan{Duration: time.Second, Warmup: 2 * time.Second}, Concurrency: 1,
			WindowBegan: func() { began = time.Since(start) },
			WindowEnded: func() { ended = time.Since(start) },
		})
		if began != 2*time.Second || ended != 3*time.Second {
			t.Errorf("began at %v, ended at %v, want 2s, 3s", began, ended)
		}
	})
}

func TestDialErrorsAreTold(t *testing.T) {
	for err, want := range map[error]string{
		syscall.ECONNREFUSED: "connection refused", syscall.EHOSTUNREACH: "no route to host",
		syscall.EMFILE: "too many open files", errors.New("odd"): "connection failed",
	} {
		if o, cause := failure(&net.OpError{Op: "dial", Err: err}); o != measure.Connection || cause != want {
			t.Errorf("%v: %v, %q; want connection, %q", err, o, cause, want)
		}
	}
}
