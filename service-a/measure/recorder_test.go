package measure

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestRecorderLosesNothing(t *testing.T) {
	const workers, each = 16, 2000
	r := NewRecorder(2, false)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				s := Sample{Outcome: OK, Due: time.Second, End: time.Second + 3*time.Millisecond, TSDiff: 2 * time.Millisecond, InWindow: i%2 == 0}
				if i%10 == 9 {
					s.Outcome, s.Cause, s.Example = Busy, "503 busy", fmt.Sprint("worker ", w)
				}
				r.Record(w, s)
				if i%500 == 0 {
					r.Totals() // a concurrent read loses no samples
				}
			}
		})
	}
	wg.Wait()
	got := r.Totals()
	if got.Outcomes[OK] != 28800 || got.Outcomes[Busy] != 3200 || got.Sent() != 32000 || got.NotOK() != 3200 {
		t.Errorf("ok, busy, sent, not ok = %d %d %d %d, want 28800 3200 32000 3200",
			got.Outcomes[OK], got.Outcomes[Busy], got.Sent(), got.NotOK())
	}
	if got.InWindow != 16000 || got.OKInWindow != 16000 {
		t.Errorf("in window %d, ok %d, want 16000 of both", got.InWindow, got.OKInWindow)
	}
	if got.TSDiff.Mean() != 2*time.Millisecond || got.Latency.Mean() != 3*time.Millisecond {
		t.Errorf("mean ts_diff, latency = %v %v, want 2ms 3ms", got.TSDiff.Mean(), got.Latency.Mean())
	}
	if c := got.Causes(); len(c) != 1 || c[0].Count != 3200 || c[0].Name != "503 busy" || c[0].Example == "" {
		t.Errorf("causes = %+v, want one, 3200 times, with an example", c)
	}
}

func TestLeftOversAreNoFailures(t *testing.T) {
	r := NewRecorder(1, false)
	r.Record(0, Sample{Outcome: LeftOver, Cause: "504 batch_incomplete"})
	r.Record(0, Sample{Outcome: Incomplete, Cause: "504 batch_incomplete"})
	got := r.Totals()
	if got.NotOK() != 1 || got.Sent() != 2 || len(got.Causes()) != 1 || got.Causes()[0].Count != 1 {
		t.Errorf("not ok %d of %d, causes %+v; want 1 of 2, and one cause", got.NotOK(), got.Sent(), got.Causes())
	}
}

func TestImpossibleTSDiffStaysOut(t *testing.T) {
	r := NewRecorder(1, false)
	for _, d := range []time.Duration{-time.Millisecond, MaxDuration + 1, time.Second, 0} {
		r.Record(0, Sample{Outcome: OK, TSDiff: d})
	}
	got := r.Totals()
	if got.Skewed != 2 || got.TSDiff.Count() != 2 || got.Outcomes[OK] != 4 {
		t.Errorf("skewed, in ts_diff, ok = %d %d %d, want 2 2 4", got.Skewed, got.TSDiff.Count(), got.Outcomes[OK])
	}
}

func TestLagIsOfOpenLoopsOnly(t *testing.T) {
	for _, open := range []bool{false, true} {
		r := NewRecorder(1, open)
		r.Record(0, Sample{Outcome: Timeout, Lag: time.Millisecond})
		totals := r.Totals()
		if got := totals.Lag.Count() == 1; got != open {
			t.Errorf("open loop %v: lag recorded %v", open, got)
		}
	}
}

func TestCausesAreBounded(t *testing.T) {
	r := NewRecorder(1, false)
	for i := range 1000 {
		r.Record(0, Sample{Outcome: Failed, Cause: fmt.Sprint("cause ", i)})
	}
	totals := r.Totals()
	causes := totals.Causes()
	if len(causes) > maxCauses+1 || causes[0].Name != "other" || causes[0].Count != 1000-maxCauses {
		t.Errorf("%d causes, first %+v; want %d and the rest as other", len(causes), causes[0], maxCauses+1)
	}
}

func BenchmarkRecord(b *testing.B) {
	r := NewRecorder(2, false)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			d := time.Duration(i%100_000) * time.Microsecond
			r.Record(i, Sample{Outcome: OK, End: d, TSDiff: d, InWindow: true})
		}
	})
}
