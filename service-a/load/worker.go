package load

import (
	"context"
	"sync/atomic"
	"time"

	"batchlab/service-a/measure"
)

// worker sends one request after the other.
type worker struct {
	id      int
	runner  *Runner
	client  client
	backoff backoff
	calling atomic.Bool        // each worker has its own, so that counting them costs the others nothing
	handed  chan time.Duration // open loop: when the request was due that the worker is to send
}

func newWorker(id int, r *Runner) *worker {
	return &worker{id: id, runner: r, handed: make(chan time.Duration, 1), client: client{
		link:    &link{worker: id, resolver: r.cfg.Resolver, dial: r.cfg.Dial},
		message: newMessage(r.cfg.Target, r.cfg.ImageURL),
		timeout: r.cfg.Timeout,
	}}
}

// send makes the call of the request that was due at that instant and begins now.
func (w *worker) send(due time.Duration, now time.Time) result {
	w.calling.Store(true)
	res := w.client.call(now)
	w.calling.Store(false)
	w.runner.cfg.Observe(w.id, w.runner.sample(due, res))
	return res
}

// sample places a result within the run.
func (r *Runner) sample(due time.Duration, res result) measure.Sample {
	end := res.end.Sub(r.started)
	opened, closed := r.cfg.Plan.Warmup, min(time.Duration(r.closed.Load()), r.end)
	s := measure.Sample{
		Outcome: res.outcome, Due: due, End: end, Lag: max(res.sent.Sub(r.started)-due, 0), TSDiff: res.tsDiff,
		Warmup: r.cfg.Plan.Warming(due), InWindow: end >= opened && end <= closed,
		TimeInWindow: max(min(end, closed)-max(due, opened), 0),
		Cause:        res.cause, Example: res.example,
	}
	if s.Outcome == measure.Incomplete && end > closed {
		s.Outcome = measure.LeftOver
	}
	return s
}

// pauseIfGone waits after a failed connection, longer each time; it returns false when sending ended.
func (w *worker) pauseIfGone(sending context.Context, o measure.Outcome) bool {
	if o != measure.Connection {
		w.backoff.reset()
		return true
	}
	return sleep(sending, w.backoff.next())
}
