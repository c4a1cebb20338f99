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
