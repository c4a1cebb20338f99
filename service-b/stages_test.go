package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"batchlab/service-b/api"
	"batchlab/service-b/batch"
)

func TestStagesSumToTSDiffAndNeverFall(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name            string
		tsDiff, handled time.Duration
		timing          batch.Timing
		want            [stages]time.Duration // network, fill, worker, ai, reply
	}{
		{"usual", 12 * ms, 11 * ms, batch.Timing{Fill: 3 * ms, Worker: 2 * ms, Call: 5 * ms}, [stages]time.Duration{1 * ms, 3 * ms, 2 * ms, 5 * ms, 1 * ms}},
		{"ts rounded past the arrival", 10 * ms, 11 * ms, batch.Timing{Fill: 3 * ms, Worker: 2 * ms, Call: 5 * ms}, [stages]time.Duration{0, 3 * ms, 2 * ms, 5 * ms, 0}},
		{"client's clock ahead by the time to fill", 8 * ms, 11 * ms, batch.Timing{Fill: 3 * ms, Worker: 2 * ms, Call: 5 * ms}, [stages]time.Duration{0, 1 * ms, 2 * ms, 5 * ms, 0}},
		{"client's clock ahead by the whole wait", 6 * ms, 11 * ms, batch.Timing{Fill: 3 * ms, Worker: 2 * ms, Call: 5 * ms}, [stages]time.Duration{0, 0, 1 * ms, 5 * ms, 0}},
		{"client's clock ahead by more", 2 * ms, 11 * ms, batch.Timing{Fill: 3 * ms, Worker: 2 * ms, Call: 5 * ms}, [stages]time.Duration{0, 0, 0, 2 * ms, 0}},
		{"not waited for", 0, 0, batch.Timing{}, [stages]time.Duration{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := stagesOf(tt.tsDiff, tt.handled, tt.timing)
			var sum time.Duration
			for s, want := range tt.want {
				if sum += got[s]; got[s] != want {
					t.Errorf("%s: %v, want %v", stage(s), got[s], want)
				}
			}
			if sum != tt.tsDiff {
				t.Errorf("sum %v, want %v", sum, tt.tsDiff)
			}
		})
	}
}

// The same at random, also with a timing that is longer than the request.
func TestStagesAlwaysSumToTSDiff(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	some := func() time.Duration { return time.Duration(dice.IntN(3)) * time.Duration(dice.IntN(1000)) }
	for range 10_000 {
		tsDiff, handled, timing := some(), some(), batch.Timing{Fill: some(), Worker: some(), Call: some()}
		var sum time.Duration
		got := stagesOf(tsDiff, handled, timing)
		for s, d := range got {
			if sum += d; d < 0 {
				t.Errorf("%s is %v", stage(s), d)
			}
		}
		if sum != tsDiff || got[stageFill] > timing.Fill || got[stageWorker] > timing.Worker || got[stageAI] > timing.Call {
			t.Fatalf("ts_diff %v, handled %v, %+v: %v sum to %v", tsDiff, handled, timing, got, sum)
		}
	}
}

func TestImplausibleTSDiffStaysOutOfTheHistogram(t *testing.T) {
	m := newMetrics()
	const minute = 60_000_000
	for _, micros := range []int64{-1, 0, 10 * minute, 10*minute + 1, 9e18} {
		m.served(api.Millis{Micros: micros}, time.Millisecond, batch.Timing{})
	}
	if got := testutil.ToFloat64(m.clockSkew); got != 3 {
		t.Errorf("%v skewed, want 3", got)
	}
	if got := testutil.ToFloat64(m.stages[stageNetwork]); math.Abs(got-(600-0.001)) > 1e-9 {
		t.Errorf("network %vs, want that of the two plausible ones", got)
	}
}

// Two clients fill a batch, and a third sends its request 3 s after its ts. The fourth completes its batch after 4 s,
// but the only worker is busy for 10 s with each batch.
func TestStagesOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, lasts(10*time.Second), "BATCH_SIZE=2", "BATCH_TIMEOUT=1m", "AI_WORKERS=1", "AI_TIMEOUT=1h")
		var clients []*rawClient
		send := func(ts time.Time) {
			c := s.dialPipe()
			sent := fmt.Sprintf(`{"ts": %d, "url": "http://h/"}`, ts.UnixMilli())
			if _, err := fmt.Fprintf(c, "POST /testB HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(sent), sent); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			clients = append(clients, c)
		}
		send(time.Now())
		send(time.Now())
		send(time.Now().Add(-3 * time.Second))
		time.Sleep(4 * time.Second)
		send(time.Now())
		for _, c := range clients {
			if status := c.receive(); status != 200 {
				t.Fatalf("got %d", status)
			}
		}
		want := [stages]float64{stageNetwork: 3, stageFill: 4, stageWorker: 6 + 6, stageAI: 4 * 10}
		for i, want := range want {
			if got := testutil.ToFloat64(s.metrics.stages[i]); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s: %vs, want %vs", stage(i), got, want)
			}
		}
		if got := gathered(t, s.metrics.registry)["batcher_ts_diff_seconds"]; math.Abs(got-(3+4+12+40)) > 1e-9 {
			t.Errorf("the stages sum to 59 s, ts_diff to %v s", got)
		}
	})
}

func BenchmarkServed(b *testing.B) {
	m := newMetrics()
	b.ReportAllocs()
	for b.Loop() {
		m.served(api.Millis{Micros: 12345}, 10*time.Millisecond, batch.Timing{Fill: time.Millisecond, Call: 5 * time.Millisecond})
	}
}
