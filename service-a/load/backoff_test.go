package load

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-a/measure"
)

func TestBusyBackoff(t *testing.T) {
	tests := []struct {
		name  string
		reply http.HandlerFunc
		wait  time.Duration
	}{
		{"Retry-After in seconds", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 2 * time.Second},
		{"Retry-After as a date", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", time.Now().Add(5*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 5 * time.Second},
		{"none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, 3 * time.Second},
		{"an original B", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"busy": "!"}`)) }, 3 * time.Second},
		{"at once is not at once", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, firstBackoff},
		{"too long for a time.Duration", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "9223372037")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, mostRetryAfter},
		{"until the year 9999", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, mostRetryAfter},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := lab{handler: tt.reply}
				l.start(t, t.Context(), Config{Plan: Plan{Requests: 10}, Concurrency: 1, BusyBackoff: 3 * time.Second})
				if l.outcomes(measure.Busy) != 10 {
					t.Fatalf("%d busy, want 10", l.outcomes(measure.Busy))
				}
				for i := 1; i < len(l.samples); i++ {
					// A date has no fraction of a second.
					if gap := l.samples[i].Due - l.samples[i-1].Due; gap < tt.wait-time.Second*9/10 && tt.wait == 5*time.Second ||
						gap < tt.wait && tt.wait != 5*time.Second || gap > tt.wait*11/10+2*time.Millisecond {
						t.Errorf("waited %v, want %v and at most a tenth more", gap, tt.wait)
					}
				}
			})
		})
	}
}

// While the server is down, A keeps trying, but not often; once the server is back, A resumes.
func TestServerAway(t *testing.T) {
	skipUnderRace(t)
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(100 * time.Millisecond)}
		l.away.Store(true)
		time.AfterFunc(time.Minute, func() { l.away.Store(false) })
		l.start(t, t.Context(), Config{Plan: Plan{Duration: 2 * time.Minute}, Concurrency: 10})
		if perWorker := l.outcomes(measure.Connection) / 10; perWorker < 40 || perWorker > 80 {
			t.Errorf("each worker tried %d times in a minute, want 40 to 80", perWorker)
		}
		first := 2 * time.Minute
		for _, s := range l.samples {
			if s.Outcome == measure.OK {
				first = min(first, s.End)
			}
		}
		if first > time.Minute+mostBackoff {
			t.Errorf("back after a minute, first served at %v", first)
		}
		if ok := l.outcomes(measure.OK); ok < 10*580 {
			t.Errorf("%d served in the second minute, want about 6000", ok)
		}
	})
}

// A server whose rec_ts is always wrong costs a connection for each reply, so workers back off.
func TestWrongRecTSBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Millisecond)
			_, _ = w.Write([]byte(`{"rec_ts":1,"resp_ts":2,"ts_diff":1}`))
		}}
		l.start(t, t.Context(), Config{Plan: Plan{Duration: 10 * time.Second}, Concurrency: 1})
		n := l.count(func(s measure.Sample) bool { return s.Outcome == measure.Malformed && s.Cause == anotherRequest })
		if dials := l.hosts["10.0.0.1"].dials.Load(); n != len(l.samples) || n < 8 || n > 24 || dials > int64(n) {
			t.Errorf("%d of %d replies were to another request, over %d connections; want 8 to 24 replies in 10 s", n, len(l.samples), dials)
		}
	})
}

func TestBackoffEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusServiceUnavailable)
		}}
		l.start(t, t.Context(), Config{Plan: Plan{Duration: time.Second}, Concurrency: 3})
		if l.run.Finished != time.Second || l.outcomes(measure.Busy) != 3 {
			t.Errorf("ended at %v with %d busy, want 1s, 3", l.run.Finished, l.outcomes(measure.Busy))
		}
	})
}

func TestBackoff(t *testing.T) {
	var b backoff
	for i, ms := range []int{50, 100, 200, 400, 800, 1500, 1500, 1500} {
		most := time.Duration(ms) * time.Millisecond
		if d := b.next(); d < most/2 || d > most {
			t.Errorf("wait %d is %v, want %v to %v", i, d, most/2, most)
		}
	}
	b = backoff{}
	if d := b.next(); d > firstBackoff {
		t.Errorf("after a success the wait is %v, want at most %v", d, firstBackoff)
	}
	for range 100 {
		if d := spread(time.Second); d < time.Second || d > 1100*time.Millisecond {
			t.Fatalf("spread(1s) = %v, want 1s to 1.1s", d)
		}
	}
}
