package load

import (
	"context"
	"time"
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
		if d := w.pause(res); d > 0 && !sleep(sending, d) {
			return
		}
	}
}

// take hands out one request; false when sending has ended.
func (r *Runner) take(now time.Duration) bool {
	if now >= r.sendingEnded() || now >= r.cfg.Plan.End() {
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
