package main

import (
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/report"
	"batchlab/service-a/trial"
)

// progress shows the snapshots of one trial.
type progress struct {
	live         *report.Live
	point        trial.Config
	first, shown *trial.Snapshot // nil before the first one
	changes      int             // of B, shown so far
}

// show is called about once a second, and draws as often as the live view asks for.
func (p *progress) show(now trial.Snapshot) {
	if now.Server.Instances > 0 { // otherwise nothing is known
		p.live.Warn(now.Server.Warning(p.point.Concurrency))
	}
	if p.first == nil {
		p.first, p.shown = &now, &now
		return
	}
	for ; p.changes < len(now.Changes); p.changes++ {
		change := now.Changes[p.changes]
		p.live.Changed(change, change.At.Sub(p.first.At))
	}
	if now.At.Sub(p.shown.At) >= p.live.Every()-time.Second/2 { // ticks jitter
		p.live.Show(p.between(*p.shown, now))
		p.shown = &now
	}
}

// between is the progress at now, with rates since before.
func (p *progress) between(before, now trial.Snapshot) report.Progress {
	interval := now.Totals.TSDiff.Since(&before.Totals.TSDiff)
	rate := func(from trial.Snapshot) float64 {
		return float64(now.Totals.Outcomes[measure.OK]-from.Totals.Outcomes[measure.OK]) / now.At.Sub(from.At).Seconds()
	}
	return report.Progress{
		Stopping: now.Stopping, Handled: now.Measured + now.Dropped, Elapsed: now.At.Sub(p.first.At),
		Warmup: p.point.Plan.Warmup, Duration: p.point.Plan.Duration, Requests: p.point.Plan.Requests,
		QPS: rate(before), MeanQPS: rate(*p.first),
		P50: interval.Percentile(50), P99: interval.Percentile(99), Replies: interval.Count(),
		InFlight: now.InFlight, Dropped: now.Dropped, Unconnected: now.Unconnected, Outcomes: now.Totals.Outcomes,
		CPU: now.CPUSince(before.Resources), Server: now.Server, B: now.Server.Between(before.Server),
	}
}
