package measure

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whatever the samples and however many As share them: merged is what one recorder would have.
func TestMergedIsWhatOneRecorderSees(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		one := NewRecorder(1, true)
		as := make([]*Recorder, 1+rng.IntN(5))
		for i := range as {
			as[i] = NewRecorder(1, true)
		}
		for range rng.IntN(3000) {
			s := Sample{
				Outcome: Outcome(rng.IntN(int(outcomes))), End: time.Duration(rng.ExpFloat64() * 1e8), Lag: time.Duration(rng.IntN(1e6)),
				InWindow: rng.IntN(2) == 0, TimeInWindow: time.Duration(rng.IntN(1e9)), Cause: fmt.Sprint(rng.IntN(5)),
			}
			s.TSDiff = s.End - time.Duration(rng.IntN(1e6))
			one.Record(0, s)
			as[rng.IntN(len(as))].Record(0, s)
		}
		var parts []Part
		for _, a := range as {
			parts = append(parts, Part{Summary: Summary{Run: Run{Totals: a.Totals(), Warmup: &Totals{}}}})
		}
		got, want := Merge(parts).Totals, one.Totals()
		for name, pair := range map[string][2]*Histogram{
			"ts_diff": {&got.TSDiff, &want.TSDiff}, "latency": {&got.Latency, &want.Latency}, "lag": {&got.Lag, &want.Lag},
		} {
			if got, want := maps.Collect(pair[0].Figures()), maps.Collect(pair[1].Figures()); !maps.Equal(got, want) {
				t.Errorf("seed %d, %d As: %s is %v, want %v", seed, len(as), name, got, want)
			}
			if got, want := buckets(pair[0]), buckets(pair[1]); !maps.Equal(got, want) {
				t.Errorf("seed %d, %d As: %s has other buckets", seed, len(as), name)
			}
		}
		if got.Outcomes != want.Outcomes || got.InWindow != want.InWindow || got.OKInWindow != want.OKInWindow ||
			got.TimeInWindow != want.TimeInWindow || got.Skewed != want.Skewed || got.LastOK != want.LastOK {
			t.Errorf("seed %d, %d As: other counts", seed, len(as))
		}
		if got, want := got.Causes(), want.Causes(); !slices.Equal(got, want) {
			t.Errorf("seed %d, %d As: causes are %v, want %v", seed, len(as), got, want)
		}
	}
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// part is a valid run of 1000 ok replies in ten seconds, each with a latency of 101 ms and a ts_diff of 100 ms.
func part(change func(p *Part)) Part {
	r := NewRecorder(1, false)
	for range 1000 {
		r.Record(0, Sample{Outcome: OK, End: 101 * time.Millisecond, TSDiff: 100 * time.Millisecond, InWindow: true, TimeInWindow: 101 * time.Millisecond})
	}
	p := Part{File: "run.json", Summary: Summary{
		Run:     Run{Concurrency: 10, Started: noon, WindowEnded: 10 * time.Second, Finished: 10100 * time.Millisecond, Totals: r.Totals(), Warmup: &Totals{}},
		Config:  []Setting{{"TARGET_URL", "http://b/testB"}, {"TARGET_ADMIN_URL", "http://b:1"}, {"CONCURRENCY", 10.0}},
		Window:  Window{Length: 10 * time.Second, OK: 1000, Answered: 1000, Steady: true},
		QPS:     100,
		CPU:     CPU{ACores: new(0.2), BCores: new(1.0), HostBusyPercent: new(97.0), AMicrosPerReq: new(20.0), OthersCores: new(0.3), HostCores: new(2.0)},
		B:       &Between{AIBusyPercent: 90, BatchFillPercent: 100},
		Verdict: Verdict{Valid: true, Limit: LimitCPU},
		Origin:  Origin{Version: "v1", Host: "h1"},
	}}
	if change != nil {
		change(&p)
	}
	return p
}

func TestMergeOfOneChangesNothing(t *testing.T) {
	p := part(func(p *Part) { p.Verdict.Reasons = []string{"the host's CPU was saturated"} })
	m := Merge([]Part{p})
	if m.QPS != p.QPS || m.Window != p.Window || !reflect.DeepEqual(m.CPU, p.CPU) || *m.B != *p.B || !reflect.DeepEqual(m.Verdict, p.Verdict) ||
		m.Shared != p.Window.Length || m.Concurrency != 10 || m.Finished != p.Finished || m.Origin != p.Origin || len(m.Config) != 3 {
		t.Errorf("merged alone, it is %+v, want %+v", m.Summary, p.Summary)
	}
}

func TestMergeAddsUp(t *testing.T) {
	later := part(func(p *Part) {
		p.Started, p.QPS, p.Window.OK, p.Window.Answered = noon.Add(200*time.Millisecond), 50, 500, 3000
		p.CPU = CPU{ACores: new(0.4), BCores: new(1.2), HostBusyPercent: new(99.0), AMicrosPerReq: new(40.0), OthersCores: new(0.1), HostCores: new(2.0)}
		p.B = &Between{AIBusyPercent: 94, BatchFillPercent: 98}
		p.Dropped, p.Rate, p.ClockStep = 5, 100, -time.Millisecond
		p.InFlight = LittlesLaw{new(5.0), new(5.5)}
		p.Config = append(p.Config, Setting{"RATE", 100.0})
	})
	first := part(func(p *Part) { p.InFlight = LittlesLaw{new(10.0), new(10.5)} })
	m := Merge([]Part{first, later})
	if m.QPS != 150 || m.Window != (Window{Length: 10 * time.Second, OK: 1500, Answered: 4000, Steady: true}) || m.Shared != 9800*time.Millisecond {
		t.Errorf("QPS %v, window %+v, shared %v", m.QPS, m.Window, m.Shared)
	}
	if m.Started != noon || m.WindowBegan != 0 || m.WindowEnded != 10200*time.Millisecond || m.Finished != 10300*time.Millisecond || m.TotalTime != m.Finished {
		t.Errorf("started %v, window %v to %v, finished %v", m.Started, m.WindowBegan, m.WindowEnded, m.Finished)
	}
	if m.Concurrency != 20 || m.Rate != 100 || m.Dropped != 5 || m.ClockStep != -time.Millisecond || m.Totals.Outcomes[OK] != 2000 {
		t.Errorf("concurrency %d, rate %v, dropped %d, clock step %v, ok %d", m.Concurrency, m.Rate, m.Dropped, m.ClockStep, m.Totals.Outcomes[OK])
	}
	cpu := []float64{*m.CPU.ACores, *m.CPU.BCores, *m.CPU.HostBusyPercent, *m.CPU.AMicrosPerReq, *m.CPU.OthersCores, *m.CPU.HostCores, *m.InFlight.Sampled, *m.InFlight.Derived}
	// Others: 0.3 and 0.1 with the other A's 0.4 and 0.2 in it, so that either way they are -0.1 to 0.
	for i, want := range []float64{0.6, 1.1, 98, 35, 0, 2, 15, 16} {
		if diff := cpu[i] - want; diff > 1e-9 || diff < -1e-9 {
			t.Errorf("CPU and in flight are %v: number %d is to be %g", cpu, i, want)
		}
	}
	if *m.B != (Between{AIBusyPercent: 92, BatchFillPercent: 99}) {
		t.Errorf("B = %+v", m.B)
	}
	if names := fmt.Sprint(m.Config); names != "[{CONCURRENCY 10} {TARGET_ADMIN_URL http://b:1} {TARGET_URL http://b/testB}]" {
		t.Errorf("in common are %s", names)
	}
}

// Each A counts the other As among the others.
func TestOtherAsAreNotOthers(t *testing.T) {
	as := func(others float64) []Part {
		p := part(func(p *Part) { p.CPU.OthersCores, p.Verdict.Limit = new(others), "others" })
		return []Part{p, p, p}
	}
	m := Merge(as(0.5)) // 0.4 of them by the other two As
	if got := *m.CPU.OthersCores; got < 0.0999 || got > 0.1001 || m.Verdict.Limit != LimitCPU {
		t.Errorf("others used %v, limit %s; want 0.1 and cpu", got, m.Verdict.Limit)
	}
	if m := Merge(as(2.4)); m.Verdict.Limit != "others" { // 2.0, and the lab 1.6
		t.Errorf("others used %v, limit %s; want others", *m.CPU.OthersCores, m.Verdict.Limit)
	}
}

func TestMergedVerdict(t *testing.T) {
	tests := []struct {
		name   string
		change []func(p *Part) // one per A
		valid  bool
		limit  string
		want   []string // prefixes of the reasons
	}{
		{"all well", []func(p *Part){nil, nil}, true, LimitCPU, nil},
		{"same reason", []func(p *Part){
			func(p *Part) { p.Verdict.Reasons = []string{"the CPU was full", "busy"} },
			func(p *Part) { p.Verdict.Reasons = []string{"the CPU was full"} },
		}, true, LimitCPU, []string{"the CPU was full", "A #1: busy"}},
		{"one INVALID", []func(p *Part){
			func(p *Part) { p.Verdict.Reasons = []string{"fine"} },
			func(p *Part) {
				p.File, p.Verdict = "run-2.json", Verdict{false, LimitGenerator, []string{"requests were sent late"}}
			},
		}, false, LimitGenerator, []string{"A #2: requests were sent late", "A #2 was the bottleneck", "A #1: fine"}},
		{"INVALID without a reason", []func(p *Part){nil, func(p *Part) { p.Verdict.Valid = false }}, false, LimitCPU, []string{"A #2 is INVALID"}},
		{"limits in order", []func(p *Part){
			func(p *Part) { p.Verdict.Limit = LimitNone },
			func(p *Part) { p.Verdict.Limit = LimitQueue },
			func(p *Part) { p.Verdict.Limit = "something new" },
		}, true, LimitQueue, nil},
		{"96 % shared", []func(p *Part){nil, func(p *Part) { p.Started = noon.Add(400 * time.Millisecond) }}, true, LimitCPU,
			[]string{"all As were sending at once for 9.600 s, 96 % of the longest run, so QPS may be off"}},
		{"just shared", []func(p *Part){nil, func(p *Part) { p.Started = noon.Add(time.Second) }}, true, LimitCPU, []string{"all As were sending at once for 9.000 s, 90 %"}},
		{"not quite shared", []func(p *Part){nil, func(p *Part) { p.Started = noon.Add(-1001 * time.Millisecond) }}, false, LimitCPU,
			[]string{"all As were sending at once for 8.999 s, 89 % of the longest run, so their QPS cannot be added up"}},
		{"a warm-up moves the window", []func(p *Part){nil, func(p *Part) { p.WindowBegan, p.WindowEnded = 5*time.Second, 15*time.Second }}, false, LimitCPU,
			[]string{"all As were sending at once for 5.000 s, 50 %"}},
		{"one within another", []func(p *Part){nil, func(p *Part) { p.Window.Length = 5 * time.Second }}, false, LimitCPU, []string{"all As were sending at once for 5.000 s, 50 %"}},
		{"one after another", []func(p *Part){nil, func(p *Part) { p.Started = noon.Add(time.Hour) }}, false, LimitCPU, []string{"all As were sending at once for 0.000 s, 0 %"}},
		{"settings", []func(p *Part){
			func(p *Part) {
				p.Config = append(p.Config, Setting{"REPORT_DIR", "/a"}, Setting{"RATE", 5.0}, Setting{"IMAGE_URL", "http://x"})
			},
			func(p *Part) {
				p.Config = append(p.Config, Setting{"REPORT_DIR", "/b"}, Setting{"RATE", 6.0}, Setting{"IMAGE_URL", "http://x"})
			},
			func(p *Part) {
				p.Config = append(p.Config, Setting{"RATE", 5.0})
			},
		}, true, LimitCPU, []string{"the As differ in IMAGE_URL: http://x (A #1, A #2), not set (A #3)", "the As differ in RATE: 5 (A #1, A #3), 6 (A #2)"}},
		{"another B", []func(p *Part){nil, func(p *Part) { p.Config = []Setting{{"TARGET_URL", "http://c/testB"}, p.Config[1], p.Config[2]} }}, true, LimitCPU,
			[]string{"the As differ in TARGET_URL: http://b/testB (A #1), http://c/testB (A #2)", "the As may have loaded different Bs"}},
		{"versions", []func(p *Part){nil, func(p *Part) { p.Version = "" }}, true, LimitCPU, []string{"the As have different versions: v1 (A #1), unknown (A #2)"}},
		{"hosts", []func(p *Part){nil, func(p *Part) { p.Host = "h2" }}, true, LimitCPU, []string{"the As ran on 2 hosts"}},
		{"clocks", []func(p *Part){nil, func(p *Part) { p.Host, p.Totals = "h2", ahead(15*time.Millisecond) }}, true, LimitCPU,
			[]string{"the As ran on 2 hosts", "the clocks of A #1 and A #2 seem to be 15ms apart"}},
		{"clocks of unknown hosts", []func(p *Part){func(p *Part) { p.Host = "" }, func(p *Part) { p.Host, p.Totals = "", ahead(-15*time.Millisecond) }}, true, LimitCPU,
			[]string{"the clocks of A #1 and A #2 seem to be 15ms apart"}},
		{"clocks hardly apart", []func(p *Part){nil, func(p *Part) { p.Host, p.Totals = "h2", ahead(5*time.Millisecond) }}, true, LimitCPU, []string{"the As ran on 2 hosts"}},
		{"one clock", []func(p *Part){nil, func(p *Part) { p.Totals = ahead(15 * time.Millisecond) }}, true, LimitCPU, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var parts []Part
			for _, change := range tt.change {
				parts = append(parts, part(change))
			}
			v := Merge(parts).Verdict
			if v.Valid != tt.valid || v.Limit != tt.limit {
				t.Errorf("valid %v, limit %s; want %v, %s", v.Valid, v.Limit, tt.valid, tt.limit)
			}
			if len(v.Reasons) != len(tt.want) {
				t.Fatalf("reasons are\n%s\nwant %q", strings.Join(v.Reasons, "\n"), tt.want)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(v.Reasons[i], want) {
					t.Errorf("reason %d is %q, want %q", i, v.Reasons[i], want)
				}
			}
		})
	}
}

// ahead is what an A sees whose clock is ahead, beside the A of part.
func ahead(by time.Duration) *Totals {
	r := NewRecorder(1, true)
	for range 1000 {
		r.Record(0, Sample{Outcome: OK, End: 107 * time.Millisecond, Lag: 6 * time.Millisecond, TSDiff: 100*time.Millisecond - by})
	}
	return r.Totals()
}

// What a host or B used is not known if there may be several.
func TestMergeLeavesOut(t *testing.T) {
	m := Merge([]Part{part(nil), part(func(p *Part) { p.Host = "h2" })})
	if m.CPU.HostBusyPercent != nil || m.CPU.HostCores != nil || m.CPU.OthersCores != nil || m.CPU.BCores == nil || m.B == nil || m.Host != "" {
		t.Errorf("of two hosts: %+v", m.CPU)
	}
	m = Merge([]Part{part(nil), part(func(p *Part) { p.Config = nil })})
	if m.CPU.BCores != nil || m.B != nil || m.CPU.HostBusyPercent == nil {
		t.Errorf("of two Bs: %+v, %+v", m.CPU, m.B)
	}
	m = Merge([]Part{part(nil), part(func(p *Part) { p.CPU, p.B = CPU{}, nil })})
	if m.CPU != (CPU{}) && m.CPU.HostCores == nil || m.B != nil {
		t.Errorf("with one that read nothing: %+v, %+v", m.CPU, m.B)
	}
}

// Two As on one host that load two Bs there: for each A, the other B is among the others, and how much it used is unknown.
func TestMergedOthersBesideTwoBs(t *testing.T) {
	m := Merge([]Part{part(nil), part(func(p *Part) { p.Config = []Setting{{"TARGET_URL", "http://c/testB"}} })})
	if m.CPU.OthersCores != nil || m.CPU.ACores == nil {
		t.Errorf("others used %g cores, want unknown", orZero(m.CPU.OthersCores))
	}
}

// The same loopback address leads to another B on another host.
func TestLoopbackOfTwoHosts(t *testing.T) {
	for url, same := range map[string]bool{
		"http://127.0.0.1:5000/testB": false, "http://localhost:5000/testB": false, "http://[::1]:5000/testB": false, "http://b:5000/testB": true,
	} {
		at := func(host string) Part {
			return part(func(p *Part) { p.Host, p.Config = host, []Setting{{"TARGET_URL", url}} })
		}
		if m := Merge([]Part{at("h1"), at("h2")}); (m.B != nil) != same {
			t.Errorf("%s on two hosts: B is %+v, same B %v", url, m.B, same)
		}
		if m := Merge([]Part{at("h1"), at("h1")}); m.B == nil {
			t.Errorf("%s on one host: B is missing", url)
		}
	}
}
