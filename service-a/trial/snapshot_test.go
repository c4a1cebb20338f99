package trial

import (
	"context"
	"math"
	"os"
	"sync"
	"testing"
	"time"

	"batchlab/service-a/host"
	"batchlab/service-a/load"
	"batchlab/service-a/measure"
)

// Snapshots come from one goroutine, grow, and count the measured and dropped requests and those in flight.
func TestWatch(t *testing.T) { inBubble(t, nil, testWatch) }

func testWatch(t *testing.T, l *lab) {
	release := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	l.before = func(n int64) bool {
		if n > 50 {
			<-release
		}
		return tenMilliseconds(n)
	}
	var mu sync.Mutex
	var all []Snapshot
	cfg := point(6, load.Plan{})
	cfg.Watch = func(s Snapshot) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, s)
		switch {
		case s.Totals.Sent() == 50 && s.InFlight == 6 && !s.Stopping:
			stop()
		case s.Stopping && ctx.Err() != nil:
			select {
			case <-release:
			default:
				close(release)
			}
		}
	}
	summary := l.session.Run(ctx, cfg)
	if len(all) < 2 || summary.Totals.Sent() != 56 {
		t.Fatalf("%d snapshots, %d sent; want at least 2, and 56: the 6 in flight are awaited", len(all), summary.Totals.Sent())
	}
	for i, s := range all {
		if s.Measured != s.Totals.Sent() || s.Dropped != 0 {
			t.Errorf("snapshot %d: %d measured of %d, %d dropped", i, s.Measured, s.Totals.Sent(), s.Dropped)
		}
		if i > 0 && (!s.At.After(all[i-1].At) || s.Totals.Sent() < all[i-1].Totals.Sent() || s.Server.Used.Batches < all[i-1].Server.Used.Batches) {
			t.Errorf("snapshot %d is older than the one before", i)
		}
	}
	last, first := all[len(all)-1], all[0]
	cpu := last.CPUSince(first.Resources)
	if b := last.Server.Between(first.Server); b != nil && b.Cores != nil && (cpu.BCores != b.Cores && value(cpu.BCores) != *b.Cores || *b.Cores <= 0) { // nil if a reading took too long
		t.Errorf("B used %g cores, want %g", value(cpu.BCores), value(b.Cores))
	}
	if _, err := os.Stat("/proc/self/stat"); err == nil && cpu.ACores == nil {
		t.Error("A's CPU is missing")
	}
}

// The totals of a snapshot include requests of the warm-up; Measured does not.
func TestSnapshotTellsWarmupApart(t *testing.T) {
	l := newLab(t)
	tr := newTrial(l.session, point(1, load.Plan{}))
	for i := range 7 {
		tr.observe(0, measure.Sample{Warmup: i < 3, TSDiff: time.Millisecond})
	}
	tr.windowEnded()
	tr.readings.Wait()
	if s := tr.snapshot(t.Context()); s.Totals.Sent() != 7 || s.Measured != 4 || !s.Stopping {
		t.Errorf("%d in all, %d measured, stopping %v; want 7, 4, true", s.Totals.Sent(), s.Measured, s.Stopping)
	}
	if got := tr.totals().Sent(); got != 7 || tr.outcomes() != (measure.Counts{measure.OK: 7}) {
		t.Errorf("%d in the totals, %v counted; want 7 ok", got, tr.outcomes())
	}
}

// If the end of the trial cuts a snapshot short, B is missing, and the snapshot is not shown.
func TestNoSnapshotAfterTheEnd(t *testing.T) {
	cfg, calls := point(1, load.Plan{}), 0
	cfg.Watch = func(Snapshot) { calls++ }
	ctx, stop := context.WithCancel(t.Context())
	stop()
	newTrial(newLab(t).session, cfg).watch(ctx)
	if calls != 0 {
		t.Errorf("%d snapshots were shown, want none", calls)
	}
}

// The CPU of others needs to know where B runs: on another host, its CPU is no part of this one's.
func TestCPUOfOthers(t *testing.T) {
	meter := host.NewMeter()
	before := Resources{CPU: meter.Read(), Server: measure.Server{At: time.Unix(1_700_000_000, 0), Instances: 1}}
	if before.CPU.Cores == 0 {
		t.Skip("this system has no /proc")
	}
	after := before
	after.Server.At, after.Server.Used = before.Server.At.Add(time.Second), measure.ServerCounters{Seconds: 1, SecondsAtA: 1}
	eventually(t, "the CPU of others is known", func() bool {
		after.CPU, after.Server.SameHost = meter.Read(), true
		return after.CPUSince(before).OthersCores != nil
	})
	cpu := after.CPUSince(before)
	want := func(c measure.CPU) float64 {
		return value(c.HostBusyPercent)/100*float64(before.CPU.Cores) - value(c.ACores)
	}
	if math.Abs(value(cpu.OthersCores)-max(want(cpu), 0)) > 1e-9 {
		t.Errorf("others used %g cores, want %g: all but A's, as B used none", value(cpu.OthersCores), want(cpu))
	}
	if cpu.StealPercent == nil || value(cpu.HostCores) != float64(before.CPU.Cores) {
		t.Errorf("steal %g %%, %g cores; want some figure and %d", value(cpu.StealPercent), value(cpu.HostCores), before.CPU.Cores)
	}
	after.Server.SameHost = false
	if cpu := after.CPUSince(before); cpu.OthersCores != nil {
		t.Errorf("others used %g cores, though some of B may run elsewhere", *cpu.OthersCores)
	}
	after.Server.Elsewhere = true
	after.Server.Used.CPUSeconds = 16
	if others := after.CPUSince(before).OthersCores; others == nil || math.Abs(*others-max(want(cpu), 0)) > 1e-9 {
		t.Errorf("others used %g cores beside a B elsewhere, want %g", value(others), want(cpu))
	}
}
