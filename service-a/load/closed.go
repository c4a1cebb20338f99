package load

import (
	"context"
	"time"

	"batchlab/service-a/measure"
)

// closedLoop sends each request when the reply to the one before it is there.
func (w *worker) closedLoop(sending context.Context) {
	defer w.client.link.close()
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
	if now >= time.Duration(r.closed.Load()) || now >= r.end {
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

// pauseIfBusy waits as long as a busy server asks for; it returns false when sending ended.
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
