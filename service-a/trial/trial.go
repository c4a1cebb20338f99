package trial

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"batchlab/service-a/host"
	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/target"
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
	admin    *target.Admin
	meter    host.Meter
	runner   *load.Runner
	warmup   *measure.Recorder
	measured *measure.Recorder

	server   atomic.Pointer[measure.Server] // the last reading of a B that answered
	stopping atomic.Bool                    // sending has stopped

	readings     sync.WaitGroup     // of B at both ends of the window, and of the requests in flight
	begin, end   Resources          // at both ends of the window; valid when readings are done
	stopSampling context.CancelFunc // nil before the window begins
	inFlight     measure.InFlightSamples
}

func newTrial(s *Session, cfg Config) *trial {
	if cfg.Watch == nil {
		cfg.Watch = func(Snapshot) {}
	}
	recorder := func() *measure.Recorder { return measure.NewRecorder(runtime.GOMAXPROCS(0), cfg.Plan.OpenLoop()) }
	t := &trial{cfg: cfg, admin: s.admin, meter: s.meter, warmup: recorder(), measured: recorder()}
	t.server.Store(&measure.Server{})
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
	t.mark(&t.begin)
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
	t.mark(&t.end)
}

// mark reads the CPU at once, and B in the background so that the run is not delayed.
func (t *trial) mark(r *Resources) {
	r.CPU = t.meter.Read()
	t.readings.Go(func() { r.Server = t.readServer(context.Background()) })
}

// readServer stores the reading if B answered, so that the last one remains when B has gone.
func (t *trial) readServer(ctx context.Context) measure.Server {
	server := t.admin.Figures(ctx)
	if server.Instances > 0 {
		t.server.Store(&server)
	}
	return server
}

// totals returns the totals so far, warm-up included.
func (t *trial) totals() *measure.Totals {
	totals := t.measured.Totals()
	totals.Merge(t.warmup.Totals())
	return totals
}

func (t *trial) summary(run measure.Run) measure.Summary {
	run.Totals, run.Warmup = t.measured.Totals(), t.warmup.Totals()
	return measure.Summarize(run, t.cfg.Settings, t.conditions(run.Window()))
}

func (t *trial) conditions(w measure.Window) measure.Conditions {
	end := t.end
	if !w.Steady { // the window lasts until about now
		end = Resources{CPU: t.meter.Read(), Server: t.readServer(context.Background())}
	}
	cpu := end.CPUSince(t.begin)
	if own := end.CPU.Since(t.begin.CPU).OwnSeconds; own != nil && w.Answered > 0 {
		cpu.AMicrosPerReq = new(*own * 1e6 / float64(w.Answered))
	}
	return measure.Conditions{
		CPU: cpu, MayUse: host.Quota(),
		Server: *t.server.Load(), B: end.Server.Between(t.begin.Server), InFlight: t.inFlight,
	}
}
