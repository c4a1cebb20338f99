package load

import (
	"context"
	"time"
)

// openLoop sends each request that the pacer hands it, when it is due, whatever became of those
// before it, as users who know nothing of each other would; so a busy server is not waited for.
func (w *worker) openLoop(sending context.Context, idle *idleWorkers) {
	defer w.client.link.close()
	for {
		w.client.prepare()
		due, ok := idle.await(w)
		if !ok {
			return
		}
		res := w.send(due, time.Now())
		if !w.pauseIfGone(sending, res.outcome) {
			return
		}
	}
}

// pace hands each request to a worker at the time when it is due; one for which no worker is free is
// dropped, and none is sent late instead. A pacer that was itself kept from running hands out at
// once what has become due meanwhile, and the lag shows it.
func (r *Runner) pace(sending context.Context, idle *idleWorkers) {
	defer idle.close()
	wait, done := r.cfg.Wait, func() {}
	if wait == nil {
		wait, done = newWait()
	}
	defer done()
	for n := range r.slots {
		due := r.cfg.Plan.Due(n)
		if due >= r.end || !wait(sending, due-time.Since(r.started)) && due > time.Duration(r.closed.Load()) {
			return
		}
		if n == r.slots-1 {
			r.stopAt(due) // the last request of the schedule
		}
		if !idle.hand(due) && !r.cfg.Plan.Warming(due) {
			r.dropped.Add(1)
		}
	}
}
