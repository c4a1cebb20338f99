package main

import (
	"context"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/report"
)

// watchEvery is how often B is asked, and how soon a change of its configuration is noticed.
const watchEvery = time.Second

// moment is all that is known of a run at one time.
type moment struct {
	at time.Time
	figures
	look
}

// watch shows how the run goes, until ctx ends.
func (e *experiment) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	begun := e.moment(ctx)
	shown := begun
	e.warn(begun.server)
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		now := e.moment(ctx)
		e.warn(now.server)
		if now.at.Sub(shown.at) >= e.live.Every()-watchEvery/2 {
			e.live.Show(e.progress(begun, shown, now))
			shown = now
		}
	}
}

func (e *experiment) moment(ctx context.Context) moment {
	m := moment{look: look{server: e.askServer(ctx), cpu: e.cpu.read()}}
	m.at, m.figures = time.Now(), e.figures()
	return m
}

// warn says that nothing can succeed, or can again.
func (e *experiment) warn(server measure.Server) {
	if server.Instances == 0 {
		return
	}
	warning := ""
	if server.CannotFill(e.cfg.Concurrency) {
		warning = server.Warning(e.cfg.Concurrency)
	}
	e.live.Warn(warning)
}

// progress is what happened from the moment shown before until now.
func (e *experiment) progress(begun, before, now moment) report.Progress {
	plan := e.cfg.plan()
	interval := now.totals.TSDiff.Since(&before.totals.TSDiff)
	ok := func(from moment) float64 {
		return float64(now.totals.Outcomes[measure.OK]-from.totals.Outcomes[measure.OK]) / now.at.Sub(from.at).Seconds()
	}
	return report.Progress{
		Stopping: e.stopping.Load(), Handled: now.measured + now.dropped,
		Elapsed: now.at.Sub(begun.at), Warmup: plan.Warmup, Duration: plan.Duration, Requests: plan.Requests,
		QPS: ok(before), MeanQPS: ok(begun),
		P50: interval.Percentile(50), P99: interval.Percentile(99),
		InFlight: now.inFlight, Dropped: now.dropped, Outcomes: now.totals.Outcomes,
		CPU: used(before.look, now.look), Server: now.server, B: now.server.Between(before.server),
	}
}
