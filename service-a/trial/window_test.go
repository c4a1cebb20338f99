package trial

import (
	"testing"
	"testing/synctest"
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
		var w windowReadings
		w.began = at(tt.begin)
		w.add(readingAt(tt.begin-0.3, tt.begin+0.1, tt.begin)) // asked before the window
		for _, asked := range tt.times {
			if asked == 10 {
				w.ended = at(10)
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
		{"nothing at the end", []int{10_000}, []reading{{0, 1}, {2000, 2010}, {10_000, 11_000}}, -1},
		{"the window lasts longer", []int{5000, 10_000}, []reading{{0, 1}, {5000, 5010}, {10_000, 10_010}}, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ms := func(n int) time.Time { return start.Add(time.Duration(n) * time.Millisecond) }
			m := newMonitor(nil, nil)
			m.windowBegan()
			end := tt.ended[len(tt.ended)-1]
			for i, r := range tt.readings {
				for len(tt.ended) > 0 && r.at >= tt.ended[0] { // a reading under way may have been asked for before
					time.Sleep(time.Until(ms(tt.ended[0])))
					m.windowEnded()
					tt.ended = tt.ended[1:]
				}
				m.window.add(measure.Server{Asked: ms(r.asked), At: ms(r.at), Instances: 1, Used: measure.ServerCounters{Batched: float64(i), Slots: 100 * float64(min(i, 1)), Seconds: float64(1 + i), SecondsAtA: float64(1 + i)}})
			}
			got := -1.0
			if b := m.between(ms(end), time.Duration(end)*time.Millisecond); b != nil {
				got = b.BatchFillPercent
			}
			if got != tt.want {
				t.Errorf("%s: reading %g, want %g", tt.name, got, tt.want)
			}
		})
	}
}

// Without a begin, as when the run ends in its warm-up, there is nothing.
func TestNoWindow(t *testing.T) {
	var w windowReadings
	w.add(readingAt(0, 0, 0))
	w.ended = time.Unix(1_700_000_001, 0)
	w.add(readingAt(1, 1, 1))
	if got := w.between(time.Unix(1_700_000_001, 0), time.Second); got != nil {
		t.Errorf("%+v, want nothing", got)
	}
}

// A replica whose metrics end during the run does not make B idle: its figures are those of the time before, and the rest
// is missing. If that is much, B's CPU does not compare with that of the host.
func TestWindowWithoutAReplica(t *testing.T) {
	for ends, cores := range map[int]bool{6: false, 7: true} {
		got := windowWithoutAReplica(ends)
		if got == nil || got.AIBusyPercent != 100 || got.Missing != time.Duration(10-ends)*time.Second || cores != (got.Cores != nil && *got.Cores == 2) {
			t.Errorf("read until second %d: %+v, want 100 %% busy, %d s missing, 2 cores: %v", ends, got, 10-ends, cores)
		}
	}
}

func windowWithoutAReplica(ends int) *measure.Between {
	start := time.Unix(1_700_000_000, 0)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	var w windowReadings
	w.began = at(0)
	for s := range 10 {
		reading := readingAt(float64(s), float64(s), float64(s))
		if s > ends {
			reading.Unread = 1
			reading.Used.CPUSeconds -= float64(s - ends)
		}
		w.add(reading)
	}
	w.ended = at(10)
	last := readingAt(10, 10, 10)
	last.Unread = 1
	w.add(last)
	return w.between(at(10), 10*time.Second)
}

// Short runs that are read from the beginning to the end miss nothing.
func TestWindowMissesNothing(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	var w windowReadings
	w.began = start
	w.add(readingAt(0, 0, 0))
	w.ended = start.Add(10 * time.Second)
	w.add(readingAt(10, 10.004, 10.004))
	if got := w.between(start.Add(10*time.Second), 10*time.Second); got == nil || got.Missing != 0 {
		t.Errorf("%+v, want nothing missing", got)
	}
}
