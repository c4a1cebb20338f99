package trial

import (
	"context"
	"time"

	"batchlab/service-a/host"
	"batchlab/service-a/measure"
)

// watchEvery is the interval of reading B, and so the delay until a change of its settings is noticed.
const watchEvery = time.Second

// Resources are the CPU of A and its host, and the state of B, at one time.
type Resources struct {
	CPU    host.Reading
	Server measure.Server
}

// Snapshot is everything known of a trial at one time.
type Snapshot struct {
	At                   time.Time
	Stopping             bool            // sending has stopped; waiting for replies
	Totals               *measure.Totals // of this trial so far, warm-up included
	Measured             int64           // those of them that were sent after the warm-up
	InFlight             int
	Dropped, Unconnected int64            // see measure.Run
	Changes              []measure.Change // what has happened to B so far
	Resources
}

// CPUSince is the CPU used from before until r; without AMicrosPerReq.
func (r Resources) CPUSince(before Resources) measure.CPU {
	return cpuOf(before.CPU, r.CPU, r.Server.Between(before.Server), r.Server)
}

// cpuOf combines two readings of A and its host with what B did meanwhile; nil if that is unknown. The CPU of a B that
// runs elsewhere is no part of the host's.
func cpuOf(before, now host.Reading, b *measure.Between, server measure.Server) measure.CPU {
	usage := now.Since(before)
	cpu := measure.CPU{ACores: usage.OwnCores, HostBusyPercent: usage.BusyPercent, StealPercent: usage.StealPercent}
	if usage.BusyPercent != nil {
		cpu.HostCores = new(float64(now.Cores))
	}
	if b != nil {
		cpu.BCores = b.Cores
	}
	here := cpu
	if server.Elsewhere {
		here.BCores = new(0.0)
	}
	cpu.OthersCores = here.Others(server.SameHost || server.Elsewhere)
	return cpu
}

// watch reports snapshots until ctx ends.
func (t *trial) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		snapshot := t.snapshot(ctx)
		if ctx.Err() != nil {
			return // B's part of the snapshot is missing
		}
		t.cfg.Watch(snapshot)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (t *trial) snapshot(ctx context.Context) Snapshot {
	s := Snapshot{Resources: Resources{Server: t.monitor.read(ctx), CPU: t.meter.Read()}}
	s.At, s.Stopping = time.Now(), t.stopping.Load()
	s.Totals, s.InFlight = t.measured.Totals(), t.runner.InFlight()
	s.Dropped, s.Unconnected = t.runner.Dropped()
	_, s.Changes = t.monitor.seen()
	s.Measured = s.Totals.Sent()
	s.Totals.Merge(t.warmup.Totals())
	return s
}
