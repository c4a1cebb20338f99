package load

import (
	"context"
	"time"

	"batchlab/service-a/measure"
)

// closedLoop sends a request, awaits its reply, and sends the next one.
func (w *worker) closedLoop(sending context.Context) {
	defer w.client.link.drop()
	for {
		now := time.Now()
		due := now.Sub(w.runner.started)
		if !w.runner.take(due) {
			return
		}
		res := w.send(due, now)
		if !w.pauseIfGone(sending, res.outcome) || !w.pauseIfBusy(sending, res) {
			return
		}
	}
}

// take hands out one request; false when sending has ended.
func (r *Runner) take(now time.Duration) bool {
	if now >= r.sendingEnded() || now >= r.end {
		return false
	}
	limit := r.cfg.Plan.Requests
	if limit == 0 || r.cfg.Plan.Warming(now) {
		return true
	}
	n := r.next.Add(1)
	if n == limit {
		r.stopAt(now)
	}
	return n <= limit
}

// pauseIfBusy waits for as long as a busy server asks. It returns false when sending ended.
func (w *worker) pauseIfBusy(sending context.Context, res result) bool {
	if res.outcome != measure.Busy {
		return true
	}
	d := res.retryAfter
	if d < 0 {
		d = w.runner.cfg.BusyBackoff
	}
	return sleep(sending, spread(max(d, firstBackoff)))
}
