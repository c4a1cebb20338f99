package load

import (
	"context"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/target"
)

// Config says what a Runner does. All fields without "default" must be set.
type Config struct {
	Target      *url.URL
	Resolver    *target.Resolver // of Target's host, with its Dial; the caller keeps it running
	ImageURL    string           // sent as url
	Plan        Plan
	Concurrency int           // workers, each with at most one request in flight
	Timeout     time.Duration // of one request, connecting included
	BusyBackoff time.Duration // closed loop: after busy without Retry-After

	Observe     func(worker int, s measure.Sample) // gets every sample; called by all workers at once
	WindowBegan func()                             // called when the measured window begins; default: nothing
	WindowEnded func()                             // called when it ends because sending stops; default: nothing
	Wait        WaitFunc                           // open loop; default: the most precise wait of the system
}

// WaitFunc waits for d; it returns false if ctx ended first.
type WaitFunc func(ctx context.Context, d time.Duration) bool

// Runner sends the requests of its plan. Create it with New, and run it once.
type Runner struct {
	cfg         Config
	workers     []*worker
	idle        chan *worker // open loop: free workers take turns, so that all addresses get requests
	started     time.Time
	stop        context.CancelFunc
	next        atomic.Int64 // closed loop: requests handed out
	connected   atomic.Int64 // workers that have a connection
	surplus     atomic.Int64 // requests dropped while all workers had one in flight
	unconnected atomic.Int64 // requests dropped while a worker had no connection
	ended       atomic.Int64 // see sendingEnded
}

// readyWithin is enough time to dial 10,000 connections.
const readyWithin = 2 * time.Second

// New returns a runner that has not started yet.
func New(cfg Config) *Runner {
	if cfg.WindowBegan == nil {
		cfg.WindowBegan = func() {}
	}
	if cfg.WindowEnded == nil {
		cfg.WindowEnded = func() {}
	}
	r := &Runner{cfg: cfg, workers: make([]*worker, cfg.Concurrency), idle: make(chan *worker, cfg.Concurrency)}
	r.ended.Store(int64(Forever))
	for i := range r.workers {
		r.workers[i] = newWorker(i, r)
	}
	return r
}

// Run sends until the plan or ctx ends, then awaits replies in flight. It returns no totals: Observe got the samples.
func (r *Runner) Run(ctx context.Context) measure.Run {
	// All stops go through stopAt, which records the time before cancelling.
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	r.stop = stop
	var wg sync.WaitGroup
	if r.cfg.Plan.OpenLoop() {
		r.connect(ctx, sending, &wg)
	}
	if r.cfg.Plan.Warmup == 0 {
		r.cfg.WindowBegan()
	}
	r.started = time.Now()
	defer context.AfterFunc(ctx, func() { r.stopAt(time.Since(r.started)) })()
	if end := r.cfg.Plan.End(); end < Forever {
		defer time.AfterFunc(end, func() { r.stopAt(end) }).Stop()
	}
	r.begin(sending, &wg)
	// A few REQUESTS may all be sent before this goroutine wakes up.
	if warmup := r.cfg.Plan.Warmup; warmup > 0 && (sleep(sending, warmup) || r.sendingEnded() >= warmup) {
		r.cfg.WindowBegan()
	}
	<-sending.Done()
	r.cfg.WindowEnded()
	wg.Wait()
	return r.result()
}

// connect lets the workers of an open loop connect before its clock starts. It waits at most readyWithin.
func (r *Runner) connect(ctx, sending context.Context, wg *sync.WaitGroup) {
	connected := make(chan struct{}, len(r.workers))
	for _, w := range r.workers {
		r.idle <- w // in the order of their ids, and so of their addresses
		wg.Go(func() { w.openLoop(sending, connected) })
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for range r.workers {
		select {
		case <-connected:
		case <-ctx.Done():
			return
		}
	}
}

// begin starts the loop.
func (r *Runner) begin(sending context.Context, wg *sync.WaitGroup) {
	if r.cfg.Plan.OpenLoop() {
		wg.Go(func() { r.pace(sending) })
		return
	}
	for _, w := range r.workers {
		wg.Go(func() { w.closedLoop(sending) })
	}
}

func (r *Runner) result() measure.Run {
	now, sendingEnded := time.Now(), r.sendingEnded()
	ended := now.Sub(r.started)
	dropped, unconnected := r.Dropped()
	return measure.Run{
		Concurrency: r.cfg.Concurrency,
		Rate:        r.cfg.Plan.Rate,
		Started:     r.started,
		WindowBegan: min(r.cfg.Plan.Warmup, sendingEnded),
		WindowEnded: sendingEnded,
		Finished:    ended,
		ClockStep:   now.Round(0).Sub(r.started.Round(0)) - ended, // Round strips the monotonic reading
		Dropped:     dropped,
		Unconnected: unconnected,
	}
}

// sendingEnded is when sending stopped; Forever until then.
func (r *Runner) sendingEnded() time.Duration { return time.Duration(r.ended.Load()) }

// stopAt stops sending. Only the time of the first call counts.
func (r *Runner) stopAt(at time.Duration) {
	r.ended.CompareAndSwap(int64(Forever), int64(at))
	r.stop()
}

// InFlight is the number of requests in flight. Safe for concurrent use.
func (r *Runner) InFlight() int {
	n := 0
	for _, w := range r.workers {
		if w.client.calling.Load() {
			n++
		}
	}
	return n
}

// Dropped is the number of requests so far that were due but not sent, without the warm-up, and of those the number
// that found a worker without a connection. Safe for concurrent use.
func (r *Runner) Dropped() (all, unconnected int64) {
	unconnected = r.unconnected.Load()
	return r.surplus.Load() + unconnected, unconnected
}
