package load

import (
	"context"
	"time"

	"batchlab/service-a/measure"
)

// worker sends one request after the other.
type worker struct {
	id      int
	runner  *Runner
	client  client
	backoff backoff
	handed  chan time.Duration // open loop: when the worker's next request is due
}

func newWorker(id int, r *Runner) *worker {
	return &worker{id: id, runner: r, handed: make(chan time.Duration, 1), client: client{
		link:    &link{worker: id, resolver: r.cfg.Resolver, dial: r.cfg.Dial, maxIdle: maxIdle(r.cfg.Concurrency)},
		message: newMessage(r.cfg.Target, r.cfg.ImageURL),
		timeout: r.cfg.Timeout,
	}}
}

// send makes the call of the request that was due at that instant and begins now.
func (w *worker) send(due time.Duration, now time.Time) result {
	res := w.client.call(now)
	w.runner.cfg.Observe(w.id, w.runner.sample(due, res))
	return res
}

// sample places a result within the run.
func (r *Runner) sample(due time.Duration, res result) measure.Sample {
	s := measure.Sample{
		Outcome: res.outcome, Due: due, End: res.end.Sub(r.started), TSDiff: res.tsDiff,
		Warmup: r.cfg.Plan.Warming(due), Cause: res.cause, Example: res.example,
	}
	if sent := res.sent.Sub(r.started); r.cfg.Plan.OpenLoop() {
		s.Lag = max(sent-due, 0)
	} else {
		s.Due = sent // the time to reconnect between two calls belongs to neither
	}
	begin, end := r.cfg.Plan.Warmup, min(r.sendingEnded(), r.end)
	s.InWindow = s.End >= begin && s.End <= end
	s.TimeInWindow = max(min(s.End, end)-max(s.Due, begin), 0)
	if s.Outcome == measure.Incomplete && s.End > end {
		s.Outcome = measure.LeftOver
	}
	return s
}

// pauseIfGone waits after a failed connection, longer each time. It returns false when sending ended.
func (w *worker) pauseIfGone(sending context.Context, o measure.Outcome) bool {
	if o != measure.Connection {
		w.backoff.reset()
		return true
	}
	return sleep(sending, w.backoff.next())
}
