package main

import (
	"context"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"

	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/report"
	"batchlab/service-a/target"
)

// experiment is one run, and everything that watches it.
type experiment struct {
	cfg      config
	resolver *target.Resolver
	admin    *targetAdmin // nil with TARGET_ADMIN_URL=none
	cpu      cpuMeter
	live     *report.Live

	runner   *load.Runner
	warmup   *measure.Recorder
	measured *measure.Recorder

	server         atomic.Pointer[measure.Server] // as last asked
	running        atomic.Bool
	stopping       atomic.Bool // sending has stopped
	looks          sync.WaitGroup
	opened, closed look               // when the window did
	counting       context.CancelFunc // ends the counting of what is in flight
	inFlight       measure.InFlight   // over the window; valid when looks are done
}

// look is what A can see of the processors and of B at one time.
type look struct {
	cpu    cpuReading
	server measure.Server
}

func newExperiment(cfg config, live *report.Live) (*experiment, error) {
	target, resolver, err := resolve(cfg.TargetURL)
	if err != nil {
		return nil, err
	}
	e := &experiment{cfg: cfg, resolver: resolver, cpu: newCPUMeter(), live: live}
	e.server.Store(&measure.Server{})
	if cfg.TargetAdminURL != none {
		adminURL, adminResolver, err := resolve(cfg.TargetAdminURL)
		if err != nil {
			return nil, err
		}
		e.admin = newTargetAdmin(adminURL, adminResolver)
	}
	openLoop := cfg.plan().OpenLoop()
	e.warmup = measure.NewRecorder(runtime.GOMAXPROCS(0), openLoop)
	e.measured = measure.NewRecorder(runtime.GOMAXPROCS(0), openLoop)
	e.runner = load.New(load.Config{
		Target: target, Resolver: resolver, ImageURL: cfg.ImageURL, Plan: cfg.plan(),
		Concurrency: cfg.Concurrency, Timeout: cfg.RequestTimeout, BusyBackoff: cfg.BusyBackoff,
		Observe: e.observe,
		Opened:  e.open,
		Closed:  e.close,
	})
	return e, nil
}

func resolve(rawURL string) (*url.URL, *target.Resolver, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, nil, err
	}
	resolver, err := target.NewResolver(u, target.SystemLookup)
	return u, resolver, err
}

func (e *experiment) observe(worker int, s measure.Sample) {
	if s.Warmup {
		e.warmup.Record(worker, s)
		return
	}
	e.measured.Record(worker, s)
}

// run sends what the plan says, shows how it goes, and returns the figures.
func (e *experiment) run(ctx context.Context) measure.Summary {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var helpers sync.WaitGroup
	_ = e.resolver.Refresh(ctx) // without an address the workers back off, and the resolver goes on
	helpers.Go(func() { e.resolver.Run(background) })
	if e.admin != nil {
		helpers.Go(func() { e.admin.resolver.Run(background) })
	}
	helpers.Go(func() { e.watch(background) })
	e.running.Store(true)
	run := e.runner.Run(ctx)
	e.running.Store(false)
	e.looks.Wait()
	stop()
	helpers.Wait()
	run.Totals, run.Warmup = e.measured.Totals(), e.warmup.Totals()
	return measure.Summarize(run, e.cfg.settings(), e.seen(run))
}

// open is called when the measured window opens.
func (e *experiment) open() {
	ctx, stop := context.WithCancel(context.Background())
	e.counting = stop
	e.looks.Go(func() { e.inFlight = countInFlight(ctx, e.cfg.Concurrency, e.runner.InFlight) })
	e.mark(&e.opened)
}

// close is called when it closes, unless the run ended during the warm-up.
func (e *experiment) close() {
	if e.counting != nil {
		e.counting()
	}
	e.stopping.Store(true)
	e.mark(&e.closed)
}

// mark looks at the processors at once, and at B without keeping the run waiting.
func (e *experiment) mark(l *look) {
	l.cpu = e.cpu.read()
	e.looks.Go(func() { l.server = e.askServer(context.Background()) })
}

// seen is what was seen over the measured window.
func (e *experiment) seen(run measure.Run) measure.Seen {
	return measure.Seen{
		CPU: e.windowUsage(run), MayUse: mayUse(), HostCores: float64(e.opened.cpu.cores),
		Server: *e.server.Load(), B: e.closed.server.Between(e.opened.server), InFlight: e.inFlight,
	}
}

// windowUsage is what was used over the measured window, per answer too.
func (e *experiment) windowUsage(run measure.Run) measure.CPU {
	window, until := run.Window(), e.closed
	if !window.Steady { // it lasts until the end of the run, which is about now
		until.cpu = e.cpu.read()
	}
	cpu := used(e.opened, until)
	if own := difference(e.opened.cpu.own, until.cpu.own); own != nil && window.Answered > 0 {
		perAnswer := *own * 1e6 / float64(window.Answered)
		cpu.AMicrosPerReq = &perAnswer
	}
	return cpu
}

func (e *experiment) askServer(ctx context.Context) measure.Server {
	if e.admin == nil {
		return measure.Server{}
	}
	server := e.admin.ask(ctx)
	if server.Instances > 0 { // what was last known of a B that is away stays true of the run
		e.server.Store(&server)
	}
	return server
}

// figures is what the metrics show now.
func (e *experiment) figures() figures {
	totals := e.measured.Totals()
	measured := totals.Sent()
	totals.Merge(e.warmup.Totals())
	return figures{
		totals: totals, measured: measured, inFlight: e.runner.InFlight(), dropped: e.runner.Dropped(),
		cannotFill: e.server.Load().CannotFill(e.cfg.Concurrency),
	}
}
