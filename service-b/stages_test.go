package main

import (
	"fmt"
	"math"
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
		name                                           string
		tsDiff, handled, queue, call                   time.Duration
		wantNetwork, wantQueue, wantAI, wantReply, sum time.Duration
	}{
		{"usual", 10 * ms, 9 * ms, 3 * ms, 5 * ms, 1 * ms, 3 * ms, 5 * ms, 1 * ms, 10 * ms},
		{"ts rounded past the arrival", 8 * ms, 9 * ms, 3 * ms, 5 * ms, 0, 3 * ms, 5 * ms, 0, 8 * ms},
		{"client's clock ahead", 2 * ms, 9 * ms, 3 * ms, 5 * ms, 0, 0, 2 * ms, 0, 2 * ms},
		{"not waited for", 0, 0, 0, 0, 0, 0, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := stagesOf(tt.tsDiff, tt.handled, batch.Timing{Queue: tt.queue, Call: tt.call})
			var sum time.Duration
			for s, want := range [stages]time.Duration{tt.wantNetwork, tt.wantQueue, tt.wantAI, tt.wantReply} {
				if sum += got[s]; got[s] != want {
					t.Errorf("%s: %v, want %v", stage(s), got[s], want)
				}
			}
			if sum != tt.sum {
				t.Errorf("sum %v, want %v", sum, tt.sum)
			}
		})
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

// The client sends its request 3 s after its ts, and the model takes 10 s.
func TestStagesOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, lasts(10*time.Second), "BATCH_SIZE=1", "AI_TIMEOUT=1h")
		sent := fmt.Sprintf(`{"ts": %d, "url": "http://h/"}`, time.Now().Add(-3*time.Second).UnixMilli())
		c := s.dialPipe()
		if _, err := fmt.Fprintf(c, "POST /testB HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(sent), sent); err != nil {
			t.Fatal(err)
		}
		if status := c.receive(); status != 200 {
			t.Fatalf("got %d", status)
		}
		for i, want := range [stages]float64{stageNetwork: 3, stageAI: 10} {
			if got := testutil.ToFloat64(s.metrics.stages[i]); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s: %vs, want %vs", stage(i), got, want)
			}
		}
	})
}

func BenchmarkServed(b *testing.B) {
	m := newMetrics()
	b.ReportAllocs()
	for b.Loop() {
		m.served(api.Millis{Micros: 12345}, 10*time.Millisecond, batch.Timing{Queue: time.Millisecond, Call: 5 * time.Millisecond})
	}
}
