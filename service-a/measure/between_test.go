package measure

import (
	"testing"
	"time"
)

// used is what a B with two workers counted in ten seconds: 15 s of CPU, 200 batches of 10 with 1900 requests.
func used() ServerCounters {
	return ServerCounters{CPUSeconds: 15, AISeconds: 15, WorkerSeconds: 20, Batches: 200, Batched: 1900, Slots: 2000, Seconds: 10, SecondsAtA: 10}
}

func TestBetween(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	earlier := ServerCounters{CPUSeconds: 1, AISeconds: 5, WorkerSeconds: 9, Batches: 100, Batched: 1000, Slots: 1100, Seconds: 50, SecondsAtA: 51}
	for _, tt := range []struct {
		name                string
		elapsed             time.Duration // by A's clock
		change              func(*ServerCounters)
		cores, busy, filled float64
	}{
		{"steady", 10 * time.Second, nil, 1.5, 75, 95},
		{"the answer was 2 s late", 12 * time.Second, func(c *ServerCounters) { c.SecondsAtA = 12 }, 1.5, 75, 95},
		{"three instances", 10 * time.Second, func(c *ServerCounters) { c.Seconds, c.SecondsAtA = 30, 30 }, 1.5, 75, 95},
		{"three instances, and the answers were 2 s late", 12 * time.Second, func(c *ServerCounters) { c.Seconds, c.SecondsAtA = 30, 36 }, 1.5, 75, 95},
		{"a second instance for half of the time", 10 * time.Second, func(c *ServerCounters) { c.Seconds, c.SecondsAtA, c.CPUSeconds = 15, 15, 22.5 }, 2.25, 75, 95},
		{"away for half of the time", 20 * time.Second, func(c *ServerCounters) { c.Seconds, c.SecondsAtA = 20, 20 }, 0.75, 75, 95},
		{"counters read one after the other", 10 * time.Second, func(c *ServerCounters) { c.AISeconds, c.Batched = 20.01, 2010 }, 1.5, 100, 100},
		{"idle", 10 * time.Second, func(c *ServerCounters) { *c = ServerCounters{WorkerSeconds: 20, Seconds: 10, SecondsAtA: 10} }, 0, 0, 0},
		{"just long enough for cores", 100 * time.Millisecond, func(c *ServerCounters) { c.CPUSeconds, c.Seconds, c.SecondsAtA = 0.2, 0.1, 0.1 }, 2, 75, 95},
	} {
		more := used()
		if tt.change != nil {
			tt.change(&more)
		}
		before := Server{At: at, Instances: 1, Used: earlier}
		after := Server{At: at.Add(tt.elapsed), Instances: 1, Used: earlier.Plus(1, more)}
		got := after.Between(before)
		if got == nil || got.Cores == nil || differ(*got.Cores, tt.cores) || differ(got.AIBusyPercent, tt.busy) || differ(got.BatchFillPercent, tt.filled) {
			t.Errorf("%s: %+v, want %g cores, %g %% busy, %g %% full", tt.name, got, tt.cores, tt.busy, tt.filled)
		}
	}
}

func differ(a, b float64) bool { return !(max(a-b, b-a) <= 1e-9) } // NaN differs from everything

func TestPlus(t *testing.T) {
	a := ServerCounters{CPUSeconds: 1, AISeconds: 2, WorkerSeconds: 3, Batches: 4, Batched: 5, Slots: 6, Seconds: 7, SecondsAtA: 8}
	b := ServerCounters{CPUSeconds: 10, AISeconds: 20, WorkerSeconds: 30, Batches: 40, Batched: 50, Slots: 60, Seconds: 70, SecondsAtA: 80}
	want := ServerCounters{CPUSeconds: 21, AISeconds: 42, WorkerSeconds: 63, Batches: 84, Batched: 105, Slots: 126, Seconds: 147, SecondsAtA: 168}
	if got := a.Plus(2, b); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A few milliseconds resolve no CPU: one step of the kernel's clock would be 3 cores.
func TestTooShortForCores(t *testing.T) {
	before := Server{At: time.Unix(1, 0), Instances: 1}
	for _, own := range []float64{0.003, 0.099} { // by B's clock
		after := Server{At: before.At.Add(time.Second), Instances: 1, Used: ServerCounters{CPUSeconds: 0.01, Batched: 10, Slots: 10, Seconds: own, SecondsAtA: 1}}
		if got := after.Between(before); got.Cores != nil || got.BatchFillPercent != 100 {
			t.Errorf("in %g s: %+v, want no cores, but full batches", own, got)
		}
	}
}

// Without one of two instances, B's CPU is unknown; the shares of the other one are not.
func TestBetweenWithoutAnInstance(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	for _, unread := range [][2]int{{0, 1}, {1, 0}} {
		before := Server{At: at, Instances: 1, Unread: unread[0]}
		after := Server{At: at.Add(10 * time.Second), Instances: 1, Unread: unread[1], Used: used()}
		if got := after.Between(before); got == nil || got.Cores != nil || got.AIBusyPercent != 75 {
			t.Errorf("unread %v: %+v, want no cores, 75 %% busy", unread, got)
		}
	}
}

func TestNothingBetween(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	there := Server{At: at, Instances: 1}
	later := Server{At: at.Add(time.Second), Instances: 1, Used: used()}
	for name, pair := range map[string][2]Server{
		"gone": {there, {At: later.At, Used: used()}}, "not there yet": {{At: at}, later}, "the same reading": {later, later},
	} {
		if got := pair[1].Between(pair[0]); got != nil {
			t.Errorf("%s: %+v, want nothing", name, got)
		}
	}
}
