package measure

import "time"

// ServerCounters are what B did since its first reading, added up reading by reading. They never fall: a
// restarted instance counts from 0, and another instance at the same address only from its first reading.
type ServerCounters struct {
	CPUSeconds    float64
	AISeconds     float64 // time that workers spent in AI calls
	WorkerSeconds float64 // time that workers had: their number x B's own time, as of each reading
	Batches       float64 // AI calls
	Batched       float64 // requests in those calls
	Slots         float64 // BATCH_SIZE of each of those calls

	// The time covered, added up over the instances: by their own clocks, and by A's. They differ by how
	// late answers were read. While an instance is away, both follow A's clock.
	Seconds, SecondsAtA float64
}

// Plus returns c + factor * more.
func (c ServerCounters) Plus(factor float64, more ServerCounters) ServerCounters {
	return ServerCounters{
		CPUSeconds: c.CPUSeconds + factor*more.CPUSeconds,
		AISeconds:  c.AISeconds + factor*more.AISeconds, WorkerSeconds: c.WorkerSeconds + factor*more.WorkerSeconds,
		Batches: c.Batches + factor*more.Batches, Batched: c.Batched + factor*more.Batched, Slots: c.Slots + factor*more.Slots,
		Seconds: c.Seconds + factor*more.Seconds, SecondsAtA: c.SecondsAtA + factor*more.SecondsAtA,
	}
}

// Between is B's activity between two readings, computed from its counters alone. No share exceeds 100 %.
type Between struct {
	// Cores are the CPU seconds of all instances per second, the mean over the time between the readings.
	// It is comparable with top's mean over that time: an instance that ran for half of it counts half, and
	// time without any instance counts as 0. The second is that of B's own clocks, so a late answer does
	// not change it. After a restart, the CPU used between the last reading and the crash is missing.
	// Nil if the time is below MinCPUTime, or if a reading lacks an instance, because its CPU would be taken for that of others.
	Cores            *float64
	AIBusyPercent    float64       // share of the workers' time in AI calls
	BatchFillPercent float64       // requests / BATCH_SIZE of the batches that ran; 0 without batches
	Missing          time.Duration // of a run's window, outside the readings
}

// MinCPUTime is the shortest time for which a number of cores makes sense: the kernel counts CPU in steps of 10 ms.
const MinCPUTime = 100 * time.Millisecond

// Between returns nil if B did not answer one of the two readings.
func (s Server) Between(before Server) *Between {
	used := s.Used.Plus(-1, before.Used)
	if s.Instances == 0 || before.Instances == 0 || used.SecondsAtA <= 0 {
		return nil
	}
	elapsed := s.At.Sub(before.At).Seconds() * used.Seconds / used.SecondsAtA // by B's own clocks
	b := &Between{AIBusyPercent: percent(used.AISeconds, used.WorkerSeconds), BatchFillPercent: percent(used.Batched, used.Slots)}
	if elapsed >= MinCPUTime.Seconds() && s.Unread+before.Unread == 0 {
		b.Cores = new(used.CPUSeconds / elapsed)
	}
	return b
}

// longUnread is the time without a reading of B that a busy host hardly causes.
const longUnread = 3 * time.Second

// MissesMuch reports whether so much of a window of that length is missing that B's CPU does not compare with that of the host.
func (b Between) MissesMuch(window time.Duration) bool { return b.Missing > max(window/10, longUnread) }

// percent is 0 without a whole. The counters of one reading are read one after the other, so part may exceed it a little.
func percent(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return min(100*part/whole, 100)
}
