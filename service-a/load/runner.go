package load

import (
	"context"
	"net"
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
	Resolver    *target.Resolver // of Target's host; the caller keeps it running
	ImageURL    string           // sent as url
	Plan        Plan
	Concurrency int           // workers, each with at most one request in flight
	Timeout     time.Duration // of one request, connecting included
	BusyBackoff time.Duration // closed loop: after busy without Retry-After

	Observe     func(worker int, s measure.Sample) // gets every sample; called by all workers at once
	WindowBegan func()                             // called when the measured window begins; default: nothing
	WindowEnded func()                             // called when it ends, as sending stops; default: nothing
	Dial        DialFunc                           // default: net.Dialer
	Wait        WaitFunc                           // open loop; default: as exact as the system can
}

// WaitFunc waits for d; it returns false when ctx ended first.
type WaitFunc func(ctx context.Context, d time.Duration) bool

// Runner sends what its plan says. Create it with New, run it once.
type Runner struct {
	cfg     Config
	end     time.Duration // when sending ends by the clock
	slots   int64         // open loop: how many requests the schedule holds
	workers []*worker
	started time.Time
	stop    context.CancelFunc
	next    atomic.Int64 // closed loop: requests handed out
	dropped atomic.Int64
	closed  atomic.Int64 // when sending stopped, as an offset; Forever until then
}

// readyWithin is long enough for 10,000 connections.
const readyWithin = 2 * time.Second

// New returns a runner that has not started yet.
func New(cfg Config) *Runner {
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{}).DialContext
	}
	if cfg.WindowBegan == nil {
		cfg.WindowBegan = func() {}
	}
	if cfg.WindowEnded == nil {
		cfg.WindowEnded = func() {}
	}
	r := &Runner{cfg: cfg, end: cfg.Plan.End(), workers: make([]*worker, cfg.Concurrency)}
	r.closed.Store(int64(Forever))
	if cfg.Plan.OpenLoop() {
		r.slots = cfg.Plan.Slots()
	}
	for i := range r.workers {
		r.workers[i] = newWorker(i, r)
	}
	return r
}

// Run sends until the plan or ctx ends, awaits what is in flight, and returns the run without its
// totals: those are with whoever observed the samples.
func (r *Runner) Run(ctx context.Context) measure.Run {
	// Whatever ends sending goes through stopAt, so that nobody sees it ended without the time.
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	r.stop = stop
	var wg sync.WaitGroup
	idle := r.getReady(ctx, sending, &wg)
	if r.cfg.Plan.Warmup == 0 {
		r.cfg.WindowBegan()
	}
	r.started = time.Now()
	defer context.AfterFunc(ctx, func() { r.stopAt(time.Since(r.started)) })()
	if r.end < Forever {
		defer time.AfterFunc(r.end, func() { r.stopAt(r.end) }).Stop()
	}
	r.begin(sending, &wg, idle)
	if r.cfg.Plan.Warmup > 0 && sleep(sending, r.cfg.Plan.Warmup) {
		r.cfg.WindowBegan()
	}
	<-sending.Done()
	r.cfg.WindowEnded()
	wg.Wait()
	return r.result()
}

// getReady has the workers of an open loop connect before its clock starts, but waits for a server
// that is not there no longer than readyWithin.
func (r *Runner) getReady(ctx, sending context.Context, wg *sync.WaitGroup) *idleWorkers {
	if !r.cfg.Plan.OpenLoop() {
		return nil
	}
	idle := &idleWorkers{}
	for _, w := range r.workers {
		wg.Go(func() { w.openLoop(sending, idle) })
	}
	giveUp := time.Now().Add(readyWithin)
	for idle.count() < len(r.workers) && time.Now().Before(giveUp) && sleep(ctx, time.Millisecond) {
	}
	return idle
}

// begin starts what sends.
func (r *Runner) begin(sending context.Context, wg *sync.WaitGroup, idle *idleWorkers) {
	if idle != nil {
		wg.Go(func() { r.pace(sending, idle) })
		return
	}
	for _, w := range r.workers {
		wg.Go(func() { w.closedLoop(sending) })
	}
}

func (r *Runner) result() measure.Run {
	now := time.Now()
	ended := now.Sub(r.started)
	closed := time.Duration(r.closed.Load())
	return measure.Run{
		Concurrency: r.cfg.Concurrency,
		Rate:        r.cfg.Plan.Rate,
		Started:     r.started,
		WindowBegan: min(r.cfg.Plan.Warmup, closed),
		WindowEnded: closed,
		Finished:    ended,
		ClockStep:   now.Round(0).Sub(r.started.Round(0)) - ended, // Round strips the monotonic reading
		Dropped:     r.dropped.Load(),
	}
}

// stopAt ends sending; the first to call it says when.
func (r *Runner) stopAt(at time.Duration) {
	r.closed.CompareAndSwap(int64(Forever), int64(at))
	r.stop()
}

// InFlight is how many requests are under way. Safe for concurrent use.
func (r *Runner) InFlight() int {
	n := 0
	for _, w := range r.workers {
		if w.calling.Load() {
			n++
		}
	}
	return n
}

// Dropped is how many requests were due but not sent so far. Safe for concurrent use.
func (r *Runner) Dropped() int64 { return r.dropped.Load() }
