package load

import (
	"context"
	"math/rand/v2"
	"time"
)

// openLoop sends the requests that the pacer hands over, each when it is due and independent of the ones before, like
// requests of independent users. The worker is in the queue already.
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

// awaitRequest returns the due time of the next request, or false if none is left. Meanwhile it keeps the connection
// usable. If a request is handed over while it reconnects, that request is sent late, and its lag shows it.
func (w *worker) awaitRequest() (due time.Duration, ok bool) {
	every := w.client.link.maxIdle / 8
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case due, ok = <-w.handed:
			return due, ok
		case <-timer.C:
			if w.client.link.conn != nil { // otherwise the server is down, and calls back off
				w.client.prepare(2 * every)
			}
			timer.Reset(every + rand.N(every)) // not all workers at once
		}
	}
}

// pace hands each request to a worker when it is due. If no worker is free, it drops the request rather than
// send it late. A pacer that got no CPU for a while catches up at once, and the lag shows it.
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

// hand never blocks: a worker in the queue has no request.
func (r *Runner) hand(due time.Duration) {
	select {
	case w := <-r.idle:
		w.handed <- due
	default:
		if !r.cfg.Plan.Warming(due) {
			r.drop()
		}
	}
}

// drop counts a request that found no free worker. All are in flight unless one has no connection: then it is
// connecting, or backing off.
func (r *Runner) drop() {
	if r.connected.Load() < int64(len(r.workers)) {
		r.unconnected.Add(1)
		return
	}
	r.surplus.Add(1)
}
