package target

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"batchlab/service-a/measure"
)

// process is one process of B as it was when last read.
type process struct {
	addr        netip.AddrPort
	at          time.Time // of the round
	first, last time.Time // it started between these, by A's clock
	uptime      float64   // seconds by its own clock, when the counters were read
	counters    measure.ServerCounters
	workers     float64
	settings    map[string]string
	changed     float64 // Unix time of the last change of the settings, by its clock; 0 = unknown

	lost int  // rounds in a row without it
	gone bool // reported as gone
}

func processOf(r round, a answer) process {
	value := a.metrics.value
	batches := a.metrics.first("batcher_batch_size").GetHistogram()
	uptime := value("batcher_uptime_seconds")
	return process{
		addr: a.addr, at: r.at, uptime: uptime,
		first: r.asked.Add(-duration(uptime)), last: r.at.Add(-duration(uptime)),
		counters: measure.ServerCounters{
			CPUSeconds: value("process_cpu_seconds_total"), AISeconds: value("batcher_ai_busy_seconds_total"),
			Batches: float64(batches.GetSampleCount()), Batched: batches.GetSampleSum(), Slots: value("batcher_batch_slots_total"),
		},
		workers: value("batcher_ai_workers"), settings: a.metrics.labels("batcher_config_info"),
		changed: value("batcher_config_changed_timestamp_seconds"),
	}
}

// startSlack is the tolerance of comparing start times.
const startSlack = 100 * time.Millisecond

// continues reports whether both are readings of the same process: both may have started at the same time.
func (p process) continues(before process) bool {
	return p.first.Before(before.last.Add(startSlack)) && before.first.Before(p.last.Add(startSlack))
}

// since is what a process used since before, a reading of the same process.
func (p process) since(before process) measure.ServerCounters {
	used := p.counters.Plus(-1, before.counters)
	used.SecondsAtA, used.Seconds = p.at.Sub(before.at).Seconds(), p.uptime-before.uptime
	used.WorkerSeconds = (p.workers + before.workers) / 2 * used.Seconds // it may have changed in between
	return used
}

// sinceStart is all that a process used.
func (p process) sinceStart() measure.ServerCounters {
	used := p.counters
	used.Seconds, used.SecondsAtA, used.WorkerSeconds = p.uptime, p.uptime, p.workers*p.uptime
	return used
}

// newSettings lists the settings whose values differ between the readings. If there are none, the time of
// the last change shows whether one changed and changed back.
func (p process) newSettings(before process) (changes []measure.Change) {
	for _, name := range slices.Sorted(maps.Keys(p.settings)) {
		if old, known := before.settings[name]; known && old != p.settings[name] {
			changes = append(changes, measure.Change{
				Kind: measure.Changed, At: before.at, What: fmt.Sprintf("%s changed from %s to %s", strings.ToUpper(name), old, p.settings[name]),
			})
		}
	}
	if len(changes) == 0 && p.changed > before.changed && p.continues(before) {
		changes = append(changes, measure.Change{Kind: measure.Changed, At: before.at, What: "settings changed and changed back"})
	}
	return changes
}

// missing adds a round without an answer from this process. It has gone if in two rounds in a row its address is
// unknown or refuses connections, while others answer. A slow answer on a busy host means nothing.
func (p process) missing(r round) (process, []measure.Change) {
	if slices.Contains(r.listed, p.addr) && !r.refused[p.addr] {
		p.lost = 0
		return p, nil
	}
	p.lost++
	if p.lost < 2 || p.gone || len(r.answers) == 0 {
		return p, nil
	}
	p.gone = true
	return p, []measure.Change{{Kind: measure.Left, At: p.at, What: fmt.Sprintf("B at %s left", p.addr)}}
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
