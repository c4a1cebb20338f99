package load

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-a/measure"
)

// The workers of an open loop take turns, and so do the addresses.
func TestOpenLoopIsSpreadOverAddresses(t *testing.T) {
	for _, concurrency := range []int{30, 127, 500} {
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: slowly(5 * time.Millisecond), addrs: []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}}
			l.start(t, t.Context(), Config{Plan: Plan{Rate: 50, Requests: 250}, Concurrency: concurrency})
			for _, addr := range l.addrs {
				if n := l.hosts[addr].served.Load(); n < 75 || n > 92 {
					t.Errorf("CONCURRENCY=%d: %s got %d of 250 requests, want a third within 10 %%", concurrency, addr, n)
				}
			}
			if l.outcomes(measure.OK) != 250 || l.run.Dropped != 0 {
				t.Errorf("CONCURRENCY=%d: %d ok, %d dropped, want 250, 0", concurrency, l.outcomes(measure.OK), l.run.Dropped)
			}
		})
	}
}

// A server may close idle connections, even at the moment when their next request is due.
func TestServerThatClosesIdleConnections(t *testing.T) {
	for _, rate := range []float64{1, 10, 11, 12.5, 25} { // a turn lasts from 50 s to 2 s
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: answer, idleTimeout: 5 * time.Second, dialling: time.Millisecond}
			l.start(t, t.Context(), Config{Plan: Plan{Rate: rate, Duration: time.Minute}, Concurrency: 50})
			if n := int(60 * rate); l.outcomes(measure.OK) != n || len(l.samples) != n {
				t.Errorf("RATE=%g: %d ok of %d, want %d of both", rate, l.outcomes(measure.OK), len(l.samples), n)
			}
			if late := l.count(func(s measure.Sample) bool { return s.Lag > 0 }); late > 1+len(l.samples)/50 { // those that came while their worker was dialling
				t.Errorf("RATE=%g: %d of %d requests had to wait for a connection", rate, late, len(l.samples))
			}
			if dials := l.hosts["10.0.0.1"].dials.Load(); dials > 50+50*60/3 {
				t.Errorf("RATE=%g: dialled %d times in a minute, want each of 50 workers at most every 3 s", rate, dials)
			}
		})
	}
}

// Workers never flood the server with new connections, however many there are.
func TestIdleWorkersDialSeldom(t *testing.T) {
	skipUnderRace(t)
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: answer}
		l.start(t, t.Context(), Config{Plan: Plan{Rate: 10, Duration: 30 * time.Second}, Concurrency: 3000})
		if dials := l.hosts["10.0.0.1"].dials.Load() - 3000; dials < 3000 || dials > 30*333 {
			t.Errorf("3000 idle workers dialled %d times in 30 s, want at most 333 times a second", dials)
		}
	})
}

// closing answers in 5 ms and closes the connection.
func closing(w http.ResponseWriter, r *http.Request) {
	time.Sleep(5 * time.Millisecond)
	w.Header().Set("Connection", "close")
	answer(w, r)
}

// A worker of an open loop reconnects before its next request is due.
func TestReconnectingIsNotLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{dialling: 50 * time.Millisecond, handler: closing}
		l.start(t, t.Context(), Config{Plan: Plan{Rate: 100, Requests: 500}, Concurrency: 10})
		if l.outcomes(measure.OK) != 500 || l.mostLag() != 0 || l.p99().Round(time.Millisecond) != 5*time.Millisecond {
			t.Errorf("%d ok, sent up to %v late, p99 %v; want 500, 0s, 5ms", l.outcomes(measure.OK), l.mostLag(), l.p99())
		}
	})
}

// The time to connect is not part of a closed loop's latency.
func TestReconnectingIsNotLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{dialling: 50 * time.Millisecond, handler: closing}
		l.start(t, t.Context(), Config{Plan: Plan{Requests: 100}, Concurrency: 10})
		for _, s := range l.samples {
			if s.Outcome != measure.OK || s.Latency() != 5*time.Millisecond || s.InWindow && s.TimeInWindow != s.Latency() {
				t.Fatalf("%v in %v, %v of it in the window; want ok in 5ms", s.Outcome, s.Latency(), s.TimeInWindow)
			}
		}
		if l.run.Finished != 550*time.Millisecond {
			t.Errorf("the run took %v, want 10 times 55ms", l.run.Finished)
		}
	})
}

// An address that does not answer costs each worker one attempt at most, between calls.
func TestBlackHole(t *testing.T) {
	skipUnderRace(t)
	const workers = 20
	seldom := Plan{Rate: 4, Duration: 35 * time.Second} // each worker is idle for 5 s, and so replaces its connection
	for _, plan := range []Plan{{Duration: 5 * time.Second}, {Rate: 200, Duration: 10 * time.Second}, seldom} {
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: slowly(5 * time.Millisecond), addrs: []string{"10.0.0.1", "10.0.0.2"}}
			l.listen(t)
			l.hosts["10.0.0.2"].hole.Store(true)
			l.start(t, t.Context(), Config{Plan: plan, Concurrency: workers})
			if l.p99() > 6*time.Millisecond || l.mostLag() > 0 {
				t.Errorf("%+v: p99 %v, lag at most %v; want 5ms, 0s", plan, l.p99(), l.mostLag())
			}
			if len(l.samples) != l.outcomes(measure.OK) || l.run.Dropped != 0 {
				t.Errorf("%+v: %d of %d ok, %d dropped", plan, l.outcomes(measure.OK), len(l.samples), l.run.Dropped)
			}
			if dials, probes := l.hosts["10.0.0.2"].dials.Load(), int64(plan.Duration/(3*time.Second))+1; dials > workers/2+probes {
				t.Errorf("%+v: the black hole was dialled %d times, want once by each of its workers and %d probes", plan, dials, probes)
			}
		})
	}
}

// An address whose first SYN is lost answers after a second; a worker waits for it.
func TestSlowToConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(5 * time.Millisecond), dialling: 1100 * time.Millisecond}
		for i := range 9 {
			l.addrs = append(l.addrs, fmt.Sprintf("10.0.0.%d", i+1))
		}
		l.start(t, t.Context(), Config{Plan: Plan{Duration: 2 * time.Second}, Concurrency: 18})
		for _, addr := range l.addrs {
			if h := l.hosts[addr]; h.dials.Load() != 2 || h.served.Load() != l.hosts["10.0.0.1"].served.Load() {
				t.Errorf("%s was dialled %d times and got %d requests, want 2 workers each", addr, h.dials.Load(), h.served.Load())
			}
		}
	})
}

// Workers leave an address that fails during a run, and use it again once it is back.
func TestAddressComesBack(t *testing.T) {
	skipUnderRace(t)
	synctest.Test(t, func(t *testing.T) {
		l := lab{handler: slowly(5 * time.Millisecond), addrs: []string{"10.0.0.1", "10.0.0.2"}}
		l.listen(t)
		second := l.hosts["10.0.0.2"]
		second.hole.Store(true)
		var before int64
		time.AfterFunc(20*time.Second, func() { second.hole.Store(false) })
		time.AfterFunc(25*time.Second, func() {
			before = l.hosts["10.0.0.1"].served.Load()
			second.served.Store(0)
		})
		l.start(t, t.Context(), Config{Plan: Plan{Duration: 30 * time.Second}, Concurrency: 10})
		if got, other := second.served.Load(), l.hosts["10.0.0.1"].served.Load()-before; got < other*9/10 || got > other*11/10 {
			t.Errorf("once it was back, it got %d requests and the other %d, want as many", got, other)
		}
	})
}

// A server recreated under another address is found again by its name.
func TestServerMoves(t *testing.T) {
	skipUnderRace(t)
	for _, plan := range []Plan{{Duration: 20 * time.Second}, {Rate: 200, Duration: 20 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: slowly(5 * time.Millisecond), addrs: []string{"10.0.0.2"}}
			servers := l.listen(t)
			time.AfterFunc(10*time.Second, func() {
				l.names.set("10.0.0.3")
				_ = servers["10.0.0.2"].Close()
			})
			l.start(t, t.Context(), Config{Plan: plan, Concurrency: 10})
			if l.hosts["10.0.0.3"].served.Load() < 1000 {
				t.Errorf("%+v: %d requests reached the new address", plan, l.hosts["10.0.0.3"].served.Load())
			}
			for _, s := range l.samples { // in flight at the move, or sent before the name was looked up again
				if s.Outcome != measure.OK && (s.End < 10*time.Second || s.End > 12*time.Second) {
					t.Errorf("%+v: %v at %v, want failures only within 2s of the move at 10s", plan, s.Outcome, s.End)
				}
			}
		})
	}
}

// Workers lose no request when the list of addresses changes all the time.
func TestAddressesChangeAllTheTime(t *testing.T) {
	skipUnderRace(t)
	for _, plan := range []Plan{{Duration: 20 * time.Second}, {Rate: 200, Duration: 20 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			l := lab{handler: slowly(5 * time.Millisecond), dialling: time.Millisecond, addrs: []string{"10.0.0.1"}}
			lists := [][]string{{"10.0.0.1", "10.0.0.2"}, {"10.0.0.3"}, {"10.0.0.4", "10.0.0.1", "10.0.0.2"}, {"10.0.0.2"}, {"10.0.0.1", "10.0.0.3"}}
			go func() {
				for n := 0; sleep(t.Context(), time.Second); n++ {
					l.names.set(lists[n%len(lists)]...)
				}
			}()
			l.start(t, t.Context(), Config{Plan: plan, Concurrency: 8})
			if len(l.samples) != l.outcomes(measure.OK) || l.run.Dropped != 0 || l.p99() > 6*time.Millisecond {
				t.Errorf("%+v: %d of %d ok, %d dropped, p99 %v", plan, l.outcomes(measure.OK), len(l.samples), l.run.Dropped, l.p99())
			}
			moved := l.hosts["10.0.0.2"].served.Load() + l.hosts["10.0.0.3"].served.Load() + l.hosts["10.0.0.4"].served.Load()
			if moved < int64(len(l.samples))/4 {
				t.Errorf("%+v: %d of %d requests followed the addresses", plan, moved, len(l.samples))
			}
		})
	}
}
