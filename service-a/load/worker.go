package load

import (
	"context"
	"time"

	"batchlab/service-a/measure"
)

// worker sends one request after another.
type worker struct {
	id      int
	runner  *Runner
	client  client
	backoff backoff
	handed  chan time.Duration // open loop: when the worker's next request is due
}

func newWorker(id int, r *Runner) *worker {
	return &worker{id: id, runner: r, handed: make(chan time.Duration, 1), client: client{
		link:    &link{worker: id, resolver: r.cfg.Resolver, maxIdle: maxIdle(r.cfg.Concurrency), connected: &r.connected},
		message: newMessage(r.cfg.Target, r.cfg.ImageURL),
		timeout: r.cfg.Timeout,
	}}
}

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

// take hands out one request; it returns false once sending has stopped.
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

// send makes a call now, for the request that was due then, and reports its sample.
func (w *worker) send(due time.Duration, now time.Time) result {
	res := w.client.call(now)
	w.runner.place(&res, due)
	w.runner.cfg.Observe(w.id, res.Sample)
	return res
}

// place adds a sample's position within the run.
func (r *Runner) place(res *result, due time.Duration) {
	s := &res.Sample
	s.Due, s.End, s.Warmup = due, res.end.Sub(r.started), r.cfg.Plan.Warming(due)
	sent := res.sent.Sub(r.started)
	if r.cfg.Plan.OpenLoop() {
		s.Lag = max(sent-due, 0)
	} else {
		s.Due = sent // the time to reconnect counts toward no request
	}
	begin, end := r.cfg.Plan.Warmup, min(r.sendingEnded(), r.cfg.Plan.End())
	s.InWindow = s.End >= begin && s.End <= end
	if !res.unsent { // otherwise it was never in flight
		s.TimeInWindow = max(min(s.End, end)-max(sent, begin), 0)
	}
	if s.Outcome == measure.Incomplete && s.End > end {
		s.Outcome = measure.LeftOver
	}
}

// pause is how long to wait after a connection failed or had to be dropped, or, in a closed loop, after a busy reply.
func (w *worker) pause(res result) time.Duration {
	if res.Outcome == measure.Connection || res.Cause == anotherRequest {
		return w.backoff.next()
	}
	w.backoff = backoff{}
	if res.Outcome != measure.Busy || w.runner.cfg.Plan.OpenLoop() {
		return 0
	}
	if res.retryAfter < 0 {
		res.retryAfter = w.runner.cfg.BusyBackoff
	}
	return spread(max(res.retryAfter, firstBackoff))
}
