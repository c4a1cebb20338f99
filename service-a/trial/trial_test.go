package trial

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"batchlab/internal/cpulimit"
	"batchlab/service-a/host"
	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/target"
	"batchlab/service-b/api"
)

func value(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// B's part of a summary is the difference of two readings, at the beginning and the end of the window.
func TestSummaryOfB(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, l *lab) {
		l.batchSize.Store(20)
		l.before = func(int64) bool { time.Sleep(10 * time.Millisecond); return true }
		s := l.session.Run(t.Context(), point(40, load.Plan{Duration: 1500 * time.Millisecond, Warmup: 100 * time.Millisecond}))
		if s.Window.Length != 1500*time.Millisecond || s.B == nil || s.B.BatchFillPercent != 50 { // each reading shows one more batch, of 10
			t.Fatalf("B is %+v in a window of %v, want batches of 20 50 %% full in 1.5 s", s.B, s.Window.Length)
		}
		// One reading a second after the start lies between the two, and each shows 0.5 s more.
		if got := value(s.CPU.BCores); math.Abs(got-1/1.5) > 1e-6 || got != *s.B.Cores {
			t.Errorf("B used %g cores, and %g; want 1 s in 1.5 s", got, *s.B.Cores)
		}
	})
}

// A's CPU and the requests in flight cover the window.
func TestSummaryOfA(t *testing.T) {
	meter := host.NewMeter()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this system has no /proc")
	}
	inBubble(t, nil, func(t *testing.T, l *lab) {
		l.before = func(n int64) bool {
			if n == 200 {
				compute(meter)
			}
			return tenMilliseconds(n)
		}
		before := meter.Read()
		s := l.session.Run(t.Context(), point(5, load.Plan{Duration: 4 * time.Second, Warmup: 200 * time.Millisecond}))
		whole := *meter.Read().Since(before).OwnSeconds
		used := value(s.CPU.ACores) * s.Window.Length.Seconds()
		if !(used >= 0.05 && used <= whole+1e-9) {
			t.Errorf("A used %g s of CPU in the window, and %g s in all; want at least the 0.05 s of one request", used, whole)
		}
		if perReply := value(s.CPU.AMicrosPerReq) * float64(s.Window.Answered) / 1e6; !(math.Abs(perReply-used) <= 1e-9) {
			t.Errorf("%g us per reply and %d replies make %g s, want %g s", value(s.CPU.AMicrosPerReq), s.Window.Answered, perReply, used)
		}
		if busy := value(s.CPU.HostBusyPercent); !(busy > 0 && busy <= 100) {
			t.Errorf("the host was %g %% busy", busy)
		}
		if sampled := value(s.InFlight.Sampled); !(sampled > 4 && sampled <= 5) {
			t.Errorf("%g of 5 workers were in flight, want nearly all: B takes 10 ms for each request", sampled)
		}
	})
}

// A run that ends in its warm-up has no window, and so shows no figures of one.
func TestEndedInTheWarmup(t *testing.T) {
	l := newLab(t)
	ctx, stop := context.WithCancel(t.Context())
	l.before = func(n int64) bool {
		if n == 20 {
			stop()
		}
		return true
	}
	s := l.session.Run(ctx, point(2, load.Plan{Warmup: time.Hour}))
	if s.Totals.Sent() != 0 || s.QPS != 0 || s.B != nil || s.CPU != (measure.CPU{}) || s.InFlight != (measure.LittlesLaw{}) {
		t.Errorf("summary is %d sent, QPS %g, B %+v, CPU %+v, in flight %+v; want nothing", s.Totals.Sent(), s.QPS, s.B, s.CPU, s.InFlight)
	}
	if s.Window != (measure.Window{Steady: true}) || s.TotalTime < 0 || s.TotalTime > time.Hour/2 {
		t.Errorf("the window is %+v, the total time %v; want no window, and the time to the last reply", s.Window, s.TotalTime)
	}
	if got := l.session.Figures().Totals.Sent(); got != l.asked.Load() || got < 20 {
		t.Errorf("%d requests counted, B got %d", got, l.asked.Load())
	}
}

// Without an admin port, all other figures are there.
func TestWithoutAdminPort(t *testing.T) {
	l := newLab(t)
	l.session.admin = nil
	s := l.session.Run(t.Context(), point(4, load.Plan{Requests: 100}))
	if s.Totals.Outcomes[measure.OK] != 100 || s.B != nil || s.CPU.BCores != nil {
		t.Errorf("%d ok, B %+v, %g cores; want 100 and nothing of B", s.Totals.Outcomes[measure.OK], s.B, value(s.CPU.BCores))
	}
	if l.scraped.Load() != 0 {
		t.Errorf("the admin port was read %d times", l.scraped.Load())
	}
}

// The verdict uses the last known state of a B that has gone, but only within the same trial.
func TestServerThatHasGone(t *testing.T) {
	l := newLab(t)
	l.batchSize.Store(10)
	gone := make(chan struct{})
	l.gone = gone
	l.before = func(n int64) bool { // the admin port answered once, then it goes
		if n == 1 {
			for l.scraped.Load() == 0 {
				time.Sleep(time.Millisecond)
			}
			close(gone)
		}
		return false
	}
	s := l.session.Run(t.Context(), point(5, load.Plan{Requests: 100}))
	if !slices.ContainsFunc(s.Verdict.Reasons, func(r string) bool { return strings.HasPrefix(r, "CONCURRENCY 5 is below BATCH_SIZE 10") }) {
		t.Errorf("reasons are %q, want the batch size that B had", s.Verdict.Reasons)
	}
	s = l.session.Run(t.Context(), point(5, load.Plan{Requests: 100}))
	if slices.ContainsFunc(s.Verdict.Reasons, func(r string) bool { return strings.Contains(r, "BATCH_SIZE") }) || l.session.Figures().CannotFill {
		t.Errorf("reasons of the next trial are %q: nothing is known of B", s.Verdict.Reasons)
	}
}

// compute uses some more CPU, for long enough to tell it.
func compute(m host.Meter) {
	before := m.Read()
	time.Sleep(measure.MinCPUTime) // the usage is unknown before
	for value(m.Read().Since(before).OwnSeconds) < 0.05 {
	}
}

// The conditions cover the window: A's CPU from mark to mark, and B between the readings chosen for it.
func TestConditions(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this system has no /proc")
	}
	at := time.Unix(1_700_000_000, 0)
	reading := func(seconds int, cpu float64) measure.Server {
		time := at.Add(time.Duration(seconds) * time.Second)
		return measure.Server{Asked: time, At: time, Instances: 1, Used: measure.ServerCounters{CPUSeconds: cpu, Seconds: float64(seconds), SecondsAtA: float64(seconds)}}
	}
	tr := &trial{meter: host.NewMeter(), monitor: newMonitor(nil, nil)}
	tr.begin = tr.meter.Read()
	compute(tr.meter)
	tr.end = tr.meter.Read()
	tr.monitor.window = windowReadings{began: at, ended: at.Add(4 * time.Second), first: reading(0, 5), last: reading(4, 15)}
	tr.monitor.latest = measure.Server{Instances: 1, BatchSize: 12}
	tr.monitor.timeline.Add(measure.Change{Kind: measure.Joined, What: "one came"})
	tr.inFlight.Add(9)

	run := measure.Run{Started: at.Add(-time.Second), WindowBegan: time.Second, Totals: &measure.Totals{}, Warmup: &measure.Totals{}}
	run.Totals.Outcomes[measure.OK] = 1
	c := tr.conditions(run, measure.Window{Length: 4 * time.Second, Answered: 50})
	used := value(tr.end.Since(tr.begin).OwnSeconds)
	if got := value(c.CPU.AMicrosPerReq); !(math.Abs(got-used*1e6/50) <= 0.01) {
		t.Errorf("A used %g us per reply, want %g s for 50", got, used)
	}
	if value(c.CPU.BCores) != 2.5 || c.B == nil || value(c.B.Cores) != 2.5 {
		t.Errorf("B used %g cores, %+v; want 10 s in 4 s", value(c.CPU.BCores), c.B)
	}
	if c.Server.BatchSize != 12 || c.InFlight.Count != 1 || c.InFlight.Mean() != 9 || len(c.Timeline) != 1 {
		t.Errorf("last seen B is %+v, in flight %+v, changes %v", c.Server, c.InFlight, c.Timeline)
	}
	if c.MayUse != cpulimit.Cores() || value(c.CPU.HostCores) != float64(tr.begin.Cores) || value(c.CPU.HostCores) < 1 {
		t.Errorf("A may use %g of %g cores, want %g of %d", c.MayUse, value(c.CPU.HostCores), cpulimit.Cores(), tr.begin.Cores)
	}
	if want := (measure.Counts{measure.OK: 1}); c.Server.Recent != want {
		t.Errorf("the verdict is on %v, want %v: the whole run", c.Server.Recent, want)
	}
	run.Totals = &measure.Totals{}
	if none := tr.conditions(run, measure.Window{Length: 4 * time.Second}); none.CPU.AMicrosPerReq != nil {
		t.Errorf("without a reply, A used %v for each", none.CPU.AMicrosPerReq)
	}
}

// The summary's conditions are those of the run's window. It ends with the last ok reply if most came after sending
// had stopped; then CPU and B are read once more.
func TestSummaryCoversTheWindow(t *testing.T) {
	l := newLab(t)
	tr := newTrial(l.session, point(1, load.Plan{}))
	started := time.Now()
	tr.windowBegan()
	for range 40 {
		tr.observe(0, measure.Sample{Outcome: measure.OK, End: time.Since(started)})
	}
	tr.windowEnded()
	compute(tr.meter)
	end := time.Since(started)
	tr.observe(0, measure.Sample{Outcome: measure.OK, End: end})
	s := tr.summary(measure.Run{Started: started, WindowEnded: time.Millisecond, Finished: end})
	if s.Window.Steady || s.Window.Length != end || s.Window.Answered != 41 {
		t.Errorf("the window is %+v, want 41 replies in %v", s.Window, end)
	}
	if got := value(s.CPU.AMicrosPerReq); s.CPU.AMicrosPerReq != nil && got < 0.05*1e6/41 {
		t.Errorf("A used %g us per reply, want at least 0.05 s for 41", got)
	}
	if n := l.scraped.Load(); n != 3 {
		t.Errorf("B was read %d times, want at both ends of sending and at the end", n)
	}
}

// Replies to requests of the warm-up count where they arrive: in the window.
func TestSummaryHasWarmupRepliesInTheWindow(t *testing.T) {
	l := newLab(t)
	tr := newTrial(l.session, point(1, load.Plan{Warmup: time.Second}))
	for i := range 5 {
		tr.observe(0, measure.Sample{Outcome: measure.OK, End: 2 * time.Second, Warmup: i < 2, InWindow: true})
	}
	s := tr.summary(measure.Run{WindowBegan: time.Second, WindowEnded: 3 * time.Second, Finished: 3 * time.Second})
	if s.Window.OK != 5 || s.QPS != 2.5 || s.Totals.Sent() != 3 {
		t.Errorf("%d ok in the window, QPS %g, %d sent; want 5, 2.5, and 3 without the warm-up", s.Window.OK, s.QPS, s.Totals.Sent())
	}
	if n := l.scraped.Load(); n != 0 {
		t.Errorf("B was read %d times after the run, want never: the window ended with it", n)
	}
}

// If the target has no address, the workers still try, and the run ends as planned.
func TestNoSuchHost(t *testing.T) {
	session := NewSession(parse(t, "http://no-such-host.invalid"+api.Path), target.NewAdmin(parse(t, "http://no-such-host.invalid")))
	s := session.Run(t.Context(), point(1, load.Plan{Requests: 2}))
	if s.Totals.Outcomes[measure.Connection] != 2 || s.Verdict.Valid {
		t.Errorf("%d connection failures, valid %v; want 2, false", s.Totals.Outcomes[measure.Connection], s.Verdict.Valid)
	}
}

// The settings of a point reach the requests.
func TestPointIsObeyed(t *testing.T) {
	release := make(chan struct{})
	var urls sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if req, err := api.DecodeRequest(body); err == nil {
			urls.Store(req.URL, true)
		}
		if r.URL.Path == "/hang" {
			<-release
		}
		w.WriteHeader(http.StatusServiceUnavailable) // without Retry-After
	}))
	defer server.Close()
	defer close(release)

	busy := point(1, load.Plan{Requests: 2})
	busy.BusyBackoff, busy.ImageURL = 300*time.Millisecond, "http://example.com/b.png"
	if s := NewSession(parse(t, server.URL+api.Path), nil).Run(t.Context(), busy); s.Totals.Outcomes[measure.Busy] != 2 || s.TotalTime < 300*time.Millisecond {
		t.Errorf("%d busy in %v, want 2 with 300ms between them", s.Totals.Outcomes[measure.Busy], s.TotalTime)
	}
	if _, sent := urls.Load("http://example.com/b.png"); !sent {
		t.Error("the image's URL was not sent")
	}
	hanging := point(1, load.Plan{Requests: 1})
	hanging.RequestTimeout = 100 * time.Millisecond
	if s := NewSession(parse(t, server.URL+"/hang"), nil).Run(t.Context(), hanging); s.Totals.Outcomes[measure.Timeout] != 1 || s.TotalTime > 30*time.Second {
		t.Errorf("%d timeouts in %v, want 1 after 100ms", s.Totals.Outcomes[measure.Timeout], s.TotalTime)
	}
}

// During a trial, both names are looked up again when their addresses do not answer.
func TestServerThatMoves(t *testing.T) { inBubble(t, nil, testServerThatMoves) }

func testServerThatMoves(t *testing.T, l *lab) {
	l.before = tenMilliseconds
	moves := func(r *target.Resolver) *target.Resolver {
		var asked atomic.Int64
		moved, err := target.NewResolver(r.URL(), func(context.Context, string, string) ([]netip.Addr, error) {
			if asked.Add(1) == 1 {
				return []netip.Addr{netip.MustParseAddr("10.0.0.3")}, nil // no server there
			}
			return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		moved.Dial = r.Dial
		return moved
	}
	session := NewSession(moves(l.session.resolver), target.NewAdmin(moves(l.adminResolver)))
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cfg := point(2, load.Plan{})
	cfg.RequestTimeout = time.Second
	found := false
	cfg.Watch = func(s Snapshot) {
		if s.Totals.Outcomes[measure.OK] > 0 && s.Server.Instances == 1 {
			found = true
			stop()
		}
	}
	session.Run(ctx, cfg)
	if !found {
		t.Error("B and its admin port were not found at their new addresses within a minute")
	}
}
