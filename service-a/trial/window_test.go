package trial

import (
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// B has two workers, busy from second 0 to 10 and idle afterwards.
func readingAt(asked, at, counted float64) measure.Server {
	start := time.Unix(1_700_000_000, 0)
	second := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	busy := 2 * min(counted, 10)
	return measure.Server{
		Asked: second(asked), At: second(at), Instances: 1,
		Used: measure.ServerCounters{CPUSeconds: busy, AISeconds: busy, WorkerSeconds: 2 * counted, Batched: busy, Slots: busy, Seconds: counted, SecondsAtA: at},
	}
}

func TestWindowChoosesReadings(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	for _, tt := range []struct {
		name  string
		begin float64
		delay float64 // of each answer; the counters are read right before it
		times []float64
		busy  float64 // percent; -1 = unknown
	}{
		{"quick", 0, 0.004, []float64{0, 1, 2, 9, 10}, 100},
		{"0.4 s late", 0, 0.4, []float64{0, 1, 2, 9, 10}, 100},
		{"0.4 s late, in a short window", 8.5, 0.4, []float64{8.5, 9, 9.3, 10}, 100},
		{"0.4 s late, in a window too short for it", 9.3, 0.4, []float64{9.3, 10}, -1},
		{"a little late, in a short window", 9.3, 0.01, []float64{9.3, 10}, 100},
		{"no answer at the end", 0, 0.004, []float64{0, 1, 2, 8}, 100},
		{"no answer after the begin", 0, 0.004, []float64{0}, -1},
		{"no answer at all", 0, 0, nil, -1},
	} {
		var w window
		w.begin(at(tt.begin))
		w.add(readingAt(tt.begin-0.3, tt.begin+0.1, tt.begin)) // asked before the window
		for _, asked := range tt.times {
			if asked == 10 {
				w.end(at(10))
				w.add(readingAt(9.9, 11, 11)) // asked before the end, and late
			}
			w.add(readingAt(asked, asked+tt.delay, asked+tt.delay))
		}
		got := w.between(at(10), at(10).Sub(at(tt.begin)))
		switch {
		case tt.busy < 0 && got != nil:
			t.Errorf("%s: %+v, want nothing", tt.name, got)
		case tt.busy >= 0 && (got == nil || got.AIBusyPercent < tt.busy-2 || got.AIBusyPercent > tt.busy):
			t.Errorf("%s: %+v, want %g %% busy", tt.name, got, tt.busy)
		}
	}
}

// Each reading shows batches that are as full as its number says, in percent.
func TestWindowPrefersItsEnd(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	ms := func(n int) time.Time { return start.Add(time.Duration(n) * time.Millisecond) }
	type reading struct{ asked, at int } // milliseconds
	for _, tt := range []struct {
		name     string
		ended    []int     // when the window ended, as it was told
		readings []reading // the first one shows nothing yet
		want     float64   // the number of the reading chosen; -1 = none
	}{
		{"1 % late", []int{10_000}, []reading{{0, 1}, {9000, 9010}, {10_000, 10_100}}, 2},
		{"more than 1 % late", []int{10_000}, []reading{{0, 1}, {9000, 9010}, {10_000, 10_101}}, 1},
		{"one inside covers a third", []int{9000}, []reading{{0, 0}, {2990, 3000}, {9000, 9400}}, 1},
		{"one inside covers less", []int{9000}, []reading{{0, 0}, {2980, 2999}, {9000, 9400}}, 2},
		{"5 % late", []int{10_000}, []reading{{0, 1}, {10_000, 10_500}}, 1},
		{"more than 5 % late", []int{10_000}, []reading{{0, 1}, {10_000, 10_501}}, -1},
		{"asked before the end", []int{10_000}, []reading{{0, 1}, {9900, 10_050}, {10_001, 10_060}}, 2},
		{"read right at the end", []int{10_000}, []reading{{0, 1}, {9900, 10_000}}, 1},
		{"another one after the end", []int{10_000}, []reading{{0, 1}, {10_000, 10_020}, {10_021, 10_030}}, 1},
		{"the window lasts longer", []int{5000, 10_000}, []reading{{0, 1}, {5000, 5010}, {10_000, 10_010}}, 2},
	} {
		var w window
		w.begin(start)
		end := tt.ended[len(tt.ended)-1]
		for i, r := range tt.readings {
			for len(tt.ended) > 0 && r.at >= tt.ended[0] { // a reading under way may have been asked for before
				w.end(ms(tt.ended[0]))
				tt.ended = tt.ended[1:]
			}
			w.add(measure.Server{Asked: ms(r.asked), At: ms(r.at), Instances: 1, Used: measure.ServerCounters{Batched: float64(i), Slots: 100 * float64(min(i, 1)), Seconds: float64(1 + i), SecondsAtA: float64(1 + i)}})
		}
		got := -1.0
		if b := w.between(ms(end), time.Duration(end)*time.Millisecond); b != nil {
			got = b.BatchFillPercent
		}
		if got != tt.want {
			t.Errorf("%s: reading %g, want %g", tt.name, got, tt.want)
		}
	}
}

// Without a begin, as when the run ends in its warm-up, there is nothing.
func TestNoWindow(t *testing.T) {
	var w window
	w.add(readingAt(0, 0, 0))
	w.end(time.Unix(1_700_000_001, 0))
	w.add(readingAt(1, 1, 1))
	if got := w.between(time.Unix(1_700_000_001, 0), time.Second); got != nil {
		t.Errorf("%+v, want nothing", got)
	}
}
