// Package host reads the resources that service-a has on this machine: CPU and open files.
package host

import (
	"math"
	"time"

	"github.com/prometheus/procfs"
)

// Meter reads CPU time from /proc; without it, every reading is unknown. Safe for concurrent use.
type Meter struct{ fs *procfs.FS }

// NewMeter returns a meter of this process and its host.
func NewMeter() Meter { return newMeter(procfs.DefaultMountPoint) }

func newMeter(root string) Meter {
	fs, err := procfs.NewFS(root)
	if err != nil {
		return Meter{}
	}
	return Meter{&fs}
}

// Reading is the CPU time used until some instant, in seconds from an arbitrary start; its zero value is unknown.
type Reading struct {
	Cores int // of the host; 0 = unknown

	at                time.Time
	own               float64 // of this process; NaN = unknown
	busy, steal, idle float64 // of all the host's cores, together all of their time; NaN = unknown
}

// Read reads the CPU time used until now.
func (m Meter) Read() Reading {
	unknown := math.NaN()
	r := Reading{at: time.Now(), own: unknown, busy: unknown, steal: unknown, idle: unknown}
	if m.fs == nil {
		return r
	}
	if stat, err := m.fs.Stat(); err == nil {
		cpu := stat.CPUTotal // guest time is part of user time
		r.busy = cpu.User + cpu.Nice + cpu.System + cpu.IRQ + cpu.SoftIRQ
		r.steal, r.idle = cpu.Steal, cpu.Idle+cpu.Iowait
		r.Cores = len(stat.CPU)
	}
	if self, err := m.fs.Self(); err == nil {
		if stat, err := self.Stat(); err == nil {
			r.own = stat.CPUTime()
		}
	}
	return r
}

// Usage is the CPU used between two readings, in the terms of top. Nil means unknown.
type Usage struct {
	OwnSeconds   *float64 // CPU seconds of this process
	OwnCores     *float64 // CPU seconds of this process per second
	BusyPercent  *float64 // us + sy + ni + hi + si, of all the host's time
	StealPercent *float64 // st, of all the host's time
}

// leastTime is the shortest time for which ticks of 10 ms tell the usage; see measure.MinCPUTime.
const leastTime = 100 * time.Millisecond

// Since returns the usage from before until r; nothing if that is too short to tell.
func (r Reading) Since(before Reading) Usage {
	if r.at.IsZero() || before.at.IsZero() || r.at.Sub(before.at) < leastTime {
		return Usage{}
	}
	own, busy := r.own-before.own, r.busy-before.busy
	steal, idle := max(r.steal-before.steal, 0), max(r.idle-before.idle, 0) // the kernel's counters can fall; top ignores that, too
	whole := busy + steal + idle
	return Usage{
		OwnSeconds:   ratio(own, 1),
		OwnCores:     ratio(own, r.at.Sub(before.at).Seconds()),
		BusyPercent:  ratio(100*busy, whole),
		StealPercent: ratio(100*steal, whole),
	}
}

// ratio returns nil if part is unknown or whole is not positive.
func ratio(part, whole float64) *float64 {
	if math.IsNaN(part) || math.IsNaN(whole) || whole <= 0 {
		return nil
	}
	return new(part / whole)
}
