package load

import (
	"context"
	"math/rand/v2"
	"time"
)

// openLoop sends each request that the pacer hands over when it is due, whatever became of those before it, as
// users who know nothing of each other would. The worker is in the queue already.
func (w *worker) openLoop(sending context.Context, connected chan<- struct{}) {
	defer w.client.link.drop()
	w.client.prepare(0)
	connected <- struct{}{}
	for {
		due, ok := w.awaitRequest()
		if !ok {
			return
		}
		res := w.send(due, time.Now())
		if d := w.pause(res); d > 0 && !sleep(sending, d) {
			return
		}
		w.client.prepare(0)
		w.runner.idle <- w
	}
}

// awaitRequest returns when the next request is due, or false when there will be none. Meanwhile it keeps the
// connection usable; a request that arrives while it reconnects is sent late, and its lag shows that.
func (w *worker) awaitRequest() (due time.Duration, ok bool) {
	every := w.client.link.maxIdle / 8
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case due, ok = <-w.handed:
			return due, ok
		case <-timer.C:
			if w.client.link.conn != nil { // else the server is away, and calls pause between their attempts
				w.client.prepare(2 * every)
			}
			timer.Reset(every + rand.N(every)) // not all workers at once
		}
	}
}

// pace hands each request to a worker when it is due. A request for which no worker is free is dropped:
// none is sent late instead. A pacer that was kept from running catches up at once, and the lag shows it.
func (r *Runner) pace(sending context.Context) {
	defer func() {
		for _, w := range r.workers {
			close(w.handed)
		}
	}()
	wait, done := r.cfg.Wait, func() {}
	if wait == nil {
		wait, done = newWait()
	}
	defer done()
	slots := r.cfg.Plan.Slots()
	for n := range slots {
		due := r.cfg.Plan.Due(n)
		if due >= r.cfg.Plan.End() || !wait(sending, due-time.Since(r.started)) && due > r.sendingEnded() {
			return
		}
		if n == slots-1 {
			r.stopAt(min(time.Since(r.started), r.cfg.Plan.End())) // the last request of the schedule
		}
		r.hand(due)
	}
}

// hand never waits: a worker in the queue has no request.
func (r *Runner) hand(due time.Duration) {
	select {
	case w := <-r.idle:
		w.handed <- due
	default:
		if !r.cfg.Plan.Warming(due) {
			r.dropped.Add(1)
		}
	}
}
