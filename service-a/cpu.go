package main

import (
	"time"

	"github.com/prometheus/procfs"

	"batchlab/service-a/measure"
)

// cpuMeter reads processor time where the system has /proc; elsewhere it knows nothing.
type cpuMeter struct{ fs *procfs.FS }

func newCPUMeter() cpuMeter {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return cpuMeter{}
	}
	return cpuMeter{&fs}
}

// cpuReading is processor time in seconds, counted from some start. Nil fields are not known.
type cpuReading struct {
	at          time.Time
	own         *float64 // of this process
	busy, total *float64 // of all the host's processors; steal is in neither
	cores       int      // of the host; 0 when not known
}

func (m cpuMeter) read() cpuReading {
	reading := cpuReading{at: time.Now()}
	if m.fs == nil {
		return reading
	}
	if stat, err := m.fs.Stat(); err == nil {
		cpu := stat.CPUTotal // guest time is part of user time
		busy := cpu.User + cpu.Nice + cpu.System + cpu.IRQ + cpu.SoftIRQ
		total := busy + cpu.Idle + cpu.Iowait
		reading.busy, reading.total, reading.cores = &busy, &total, len(stat.CPU)
	}
	if self, err := m.fs.Self(); err == nil {
		if stat, err := self.Stat(); err == nil {
			own := stat.CPUTime()
			reading.own = &own
		}
	}
	return reading
}

// used is what was used from one look at A, the host and B to a later one.
func used(from, to look) measure.CPU {
	elapsed := to.cpu.at.Sub(from.cpu.at).Seconds()
	cpu := measure.CPU{
		ACores:          ratio(difference(from.cpu.own, to.cpu.own), elapsed),
		HostBusyPercent: percent(difference(from.cpu.busy, to.cpu.busy), difference(from.cpu.total, to.cpu.total)),
	}
	if b := to.server.Between(from.server); b != nil {
		cpu.BCores = &b.Cores
	}
	return cpu
}

func difference(from, to *float64) *float64 {
	if from == nil || to == nil {
		return nil
	}
	d := *to - *from
	return &d
}

func ratio(part *float64, whole float64) *float64 {
	if part == nil || whole <= 0 {
		return nil
	}
	r := *part / whole
	return &r
}

func percent(part, whole *float64) *float64 {
	if whole == nil {
		return nil
	}
	if r := ratio(part, *whole); r != nil {
		p := 100 * *r
		return &p
	}
	return nil
}
