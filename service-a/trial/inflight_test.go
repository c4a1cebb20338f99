package trial

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestSampleInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for workers, every := range map[int]time.Duration{1: 4 * time.Millisecond, 999: 4 * time.Millisecond, 5000: 24 * time.Millisecond} {
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			var at []time.Time
			samples := sampleInFlight(ctx, workers, func() int { at = append(at, time.Now()); return workers })
			stop()
			want := int(time.Minute / every)
			if samples.Count != len(at) || samples.Count < want*9/10 || samples.Count > want*11/10 {
				t.Errorf("%d workers were counted %d times in a minute, want about %d", workers, samples.Count, want)
			}
			if samples.Mean() != float64(workers) || samples.Error() != 0 {
				t.Errorf("%g +- %g in flight, want %d", samples.Mean(), samples.Error(), workers)
			}
			gaps := map[time.Duration]bool{}
			for i := 1; i < len(at); i++ {
				gaps[at[i].Sub(at[i-1])] = true
			}
			if len(gaps) < len(at)/2 {
				t.Errorf("only %d of %d intervals differ: they are not random", len(gaps), len(at))
			}
		}
	})
}
