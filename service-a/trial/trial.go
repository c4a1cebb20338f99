package trial

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"batchlab/internal/cpulimit"
	"batchlab/service-a/host"
	"batchlab/service-a/load"
	"batchlab/service-a/measure"
)

// Config is one point and how to measure it. All fields without "default" must be set.
type Config struct {
	Plan           load.Plan
	Concurrency    int           // closed loop: requests in flight; open loop: the most in flight
	ImageURL       string        // sent as url
	RequestTimeout time.Duration // of one request, connecting included
	BusyBackoff    time.Duration // closed loop: after busy without Retry-After

	Settings []measure.Setting // listed in the summary and the metrics; default: none
	Watch    func(Snapshot)    // called when the trial starts and then every second, by one goroutine; default: nothing
}

// trial is one measured run, with everything that observes it.
type trial struct {
	cfg      Config
	monitor  *monitor
	meter    host.Meter
	runner   *load.Runner
	warmup   *measure.Recorder
	measured *measure.Recorder

	stopping atomic.Bool // sending has stopped

	readings     sync.WaitGroup     // of B at both ends of the window, and of the requests in flight
	begin, end   host.Reading       // at both ends of the window
	stopSampling context.CancelFunc // nil before the window begins
	inFlight     measure.InFlightSamples
}

func newTrial(s *Session, cfg Config) *trial {
	if cfg.Watch == nil {
		cfg.Watch = func(Snapshot) {}
	}
	recorder := func() *measure.Recorder { return measure.NewRecorder(runtime.GOMAXPROCS(0), cfg.Plan.OpenLoop()) }
	t := &trial{cfg: cfg, meter: s.meter, warmup: recorder(), measured: recorder()}
	t.monitor = newMonitor(s.admin, t.outcomes)
	t.runner = load.New(load.Config{
		Target: s.resolver.URL(), Resolver: s.resolver, ImageURL: cfg.ImageURL, Plan: cfg.Plan,
		Concurrency: cfg.Concurrency, Timeout: cfg.RequestTimeout, BusyBackoff: cfg.BusyBackoff,
		Observe: t.observe, WindowBegan: t.windowBegan, WindowEnded: t.windowEnded,
	})
	return t
}

func (t *trial) observe(worker int, s measure.Sample) {
	recorder := t.measured
	if s.Warmup {
		recorder = t.warmup
	}
	recorder.Record(worker, s)
}

func (t *trial) windowBegan() {
	ctx, stop := context.WithCancel(context.Background())
	t.stopSampling = stop
	t.readings.Go(func() { t.inFlight = sampleInFlight(ctx, t.cfg.Concurrency, t.runner.InFlight) })
	t.begin = t.meter.Read()
	t.monitor.windowBegan()
	t.readB()
}

// readB reads B in the background, so that the run is not delayed.
func (t *trial) readB() {
	t.readings.Go(func() { t.monitor.read(context.Background()) })
}

// sampleInFlight counts the requests in flight at random times until ctx ends; fixed intervals could fall
// into step with B's batches. It uses no clock reading of the latencies, so that each checks the other.
func sampleInFlight(ctx context.Context, workers int, inFlight func() int) (samples measure.InFlightSamples) {
	every := 4 * time.Millisecond * time.Duration(1+workers/1000) // counting many workers takes time
	for {
		select {
		case <-time.After(rand.N(2 * every)):
			samples.Add(inFlight())
		case <-ctx.Done():
			return samples
		}
	}
}

// windowEnded is also called if the run ends during the warm-up, before the window has begun.
func (t *trial) windowEnded() {
	if t.stopSampling != nil {
		t.stopSampling()
	}
	t.stopping.Store(true)
	t.endWindow()
}

func (t *trial) endWindow() {
	t.end = t.meter.Read()
	t.monitor.windowEnded()
	t.readB()
}

// outcomes returns the counts so far, warm-up included. It is cheaper than totals.
func (t *trial) outcomes() measure.Counts {
	counts := t.measured.Outcomes()
	for o, n := range t.warmup.Outcomes() {
		counts[o] += n
	}
	return counts
}

// totals returns the totals so far, warm-up included.
func (t *trial) totals() *measure.Totals {
	totals := t.measured.Totals()
	totals.Merge(t.warmup.Totals())
	return totals
}

func (t *trial) summary(run measure.Run) measure.Summary {
	run.Totals, run.Warmup = t.measured.Totals(), t.warmup.Totals()
	if !run.Window().Steady { // it lasted until about now
		t.endWindow()
		t.readings.Wait()
	}
	return measure.Summarize(run, t.cfg.Settings, t.conditions(run, run.Window()))
}

func (t *trial) conditions(run measure.Run, w measure.Window) measure.Conditions {
	server, timeline := t.monitor.seen()
	server.Recent = run.Totals.Outcomes // the verdict is on the whole run
	b := t.monitor.between(run.Started.Add(run.WindowBegan+w.Length), w.Length)
	cpu := cpuOf(t.begin, t.end, b, server)
	if own := t.end.Since(t.begin).OwnSeconds; own != nil && w.Answered > 0 {
		cpu.AMicrosPerReq = new(*own * 1e6 / float64(w.Answered))
	}
	return measure.Conditions{CPU: cpu, MayUse: cpulimit.Cores(), Server: server, B: b, Timeline: timeline, InFlight: t.inFlight}
}
