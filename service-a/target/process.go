package target

import (
	"net/netip"
	"time"

	"batchlab/service-a/measure"
)

// process is one process of B as it was when last read.
type process struct {
	addr      netip.AddrPort
	asked, at time.Time              // of the round
	started   float64                // Unix time, which moves if the wall clock is stepped; 0 = unknown
	uptime    float64                // seconds, when the counters were read; 0 = unknown
	counters  measure.ServerCounters // since it started; only those that B counts itself
	slots     bool                   // B counts the slots of its batches
	batchSize float64
	workers   float64
	settings  map[string]string
	changed   float64 // Unix time of the last change of the settings; 0 = unknown

	lost int  // rounds in a row in which it was not there
	gone bool // reported as gone
}

func processOf(r round, a answer) process {
	value := a.metrics.value
	ai := a.metrics.first("batcher_ai_seconds").GetHistogram().GetSampleSum()
	if a.metrics["batcher_ai_busy_seconds_total"] != nil {
		ai = value("batcher_ai_busy_seconds_total") // it has the calls in progress, too
	}
	batches := a.metrics.first("batcher_batch_size").GetHistogram()
	return process{
		addr: a.addr, asked: r.asked, at: r.at,
		started: value("process_start_time_seconds"), uptime: value("batcher_uptime_seconds"),
		counters: measure.ServerCounters{
			CPUSeconds: value("process_cpu_seconds_total"), AISeconds: ai,
			Batches: float64(batches.GetSampleCount()), Batched: batches.GetSampleSum(), Slots: value("batcher_batch_slots_total"),
		},
		slots:     a.metrics["batcher_batch_slots_total"] != nil,
		batchSize: value("batcher_batch_size_configured"), workers: value("batcher_ai_workers"),
		settings: a.metrics.labels("batcher_config_info"), changed: value("batcher_config_changed_timestamp_seconds"),
	}
}

// clockSlack is how much an uptime may differ from A's clock.
const clockSlack = 0.1 // seconds

// continues reports whether now is a later reading of the same process.
func (now process) continues(before process) bool {
	grown := now.counters.Plus(-1, before.counters)
	older := now.uptime - before.uptime
	switch {
	case older < 0:
		return false
	case now.started != before.started: // it restarted, unless only the wall clock was stepped
		least, most := now.asked.Sub(before.at).Seconds(), now.at.Sub(before.asked).Seconds()
		return before.uptime > 0 && older >= least-clockSlack && older <= most+clockSlack
	case now.started != 0:
		return true
	}
	return min(grown.CPUSeconds, grown.AISeconds, grown.Batches, grown.Batched) >= 0
}

// since is what a process used since before, a reading of the same process.
func (now process) since(before process) measure.ServerCounters {
	used := now.counters.Plus(-1, before.counters)
	used.SecondsAtA = now.at.Sub(before.at).Seconds()
	used.Seconds = used.SecondsAtA
	if before.uptime > 0 {
		used.Seconds = now.uptime - before.uptime
	}
	used.WorkerSeconds = (now.workers + before.workers) / 2 * used.Seconds // it may have changed in between
	return now.withSlots(used, max(now.batchSize, before.batchSize))
}

// sinceRestart is what a new process used, over the time since before, the last reading of the old one.
func (now process) sinceRestart(before process) measure.ServerCounters {
	used := measure.ServerCounters{}
	if now.uptime == 0 || now.startedAfter(before.at) {
		used = now.sinceStart()
	}
	used.SecondsAtA = now.at.Sub(before.at).Seconds()
	used.Seconds = used.SecondsAtA
	if now.uptime == 0 {
		used.WorkerSeconds = now.workers * used.Seconds
	}
	return used
}

// sinceStart is all that a process used.
func (now process) sinceStart() measure.ServerCounters {
	used := now.counters
	used.Seconds, used.SecondsAtA, used.WorkerSeconds = now.uptime, now.uptime, now.workers*now.uptime
	return now.withSlots(used, now.batchSize)
}

// withSlots computes the slots if B does not count them.
func (now process) withSlots(used measure.ServerCounters, batchSize float64) measure.ServerCounters {
	if !now.slots {
		used.Slots = used.Batches * batchSize
	}
	return used
}

// startedAfter reports whether the process started after t. The uptime is better than the wall clocks of two machines.
func (now process) startedAfter(t time.Time) bool {
	if now.uptime > 0 {
		return now.at.Add(-duration(now.uptime)).After(t)
	}
	return now.started > unix(t)
}

// startOn is how long after t the process started, or was read if that is unknown.
func (now process) startOn(t time.Time) time.Duration {
	return max(now.at.Sub(t)-duration(now.uptime), 0)
}

// changedOn is when the settings changed, by B's clock, but between t and the reading, by A's.
func (now process) changedOn(t time.Time) time.Time {
	if now.changed == 0 {
		return now.at
	}
	return t.Add(min(max(duration(now.changed-unix(t)), 0), now.at.Sub(t)))
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

func unix(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
