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
		var runs []Summary
		for _, a := range as {
			runs = append(runs, Summary{Run: Run{Totals: a.Totals(), Warmup: &Totals{}}})
		}
		got, want := Merge(runs).Totals, one.Totals()
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
func part(change func(p *Summary)) Summary {
	r := NewRecorder(1, false)
	for range 1000 {
		r.Record(0, Sample{Outcome: OK, End: 101 * time.Millisecond, TSDiff: 100 * time.Millisecond, InWindow: true, TimeInWindow: 101 * time.Millisecond})
	}
	p := Summary{
		Run:     Run{Concurrency: 10, Started: noon, WindowEnded: 10 * time.Second, Finished: 10100 * time.Millisecond, Totals: r.Totals(), Warmup: &Totals{}},
		Config:  []Setting{{"TARGET_URL", "http://b/testB"}, {"TARGET_ADMIN_URL", "http://b:1"}, {"CONCURRENCY", 10.0}},
		Window:  Window{Length: 10 * time.Second, OK: 1000, Answered: 1000, Steady: true},
		QPS:     100,
		CPU:     CPU{ACores: new(0.2), BCores: new(1.0), HostBusyPercent: new(97.0), AMicrosPerReq: new(20.0), OthersCores: new(0.74), HostCores: new(2.0)},
		B:       &Between{AIBusyPercent: 90, BatchFillPercent: 100},
		Verdict: Verdict{Valid: true, Limit: LimitCPU},
		Origin:  Origin{Version: "v1", Host: "h1"},
	}
	if change != nil {
		change(&p)
	}
	return p
}

func TestMergeOfOneChangesNothing(t *testing.T) {
	p := part(func(p *Summary) { p.Verdict.Reasons = []string{"the host's CPU was saturated"} })
	m := Merge([]Summary{p})
	if m.QPS != p.QPS || m.Window != p.Window || !reflect.DeepEqual(m.CPU, p.CPU) || *m.B != *p.B || !reflect.DeepEqual(m.Verdict, p.Verdict) ||
		m.Finished != p.Finished || m.Origin != p.Origin || len(m.Config) != 3 {
		t.Errorf("merged alone, it is %+v, want %+v", m, p)
	}
}

func TestMergeAddsUp(t *testing.T) {
	later := part(func(p *Summary) {
		p.Started, p.QPS, p.Window.OK, p.Window.Answered = noon.Add(200*time.Millisecond), 50, 500, 3000
		p.CPU = CPU{ACores: new(0.4), BCores: new(1.2), HostBusyPercent: new(99.0), AMicrosPerReq: new(40.0), OthersCores: new(0.1), HostCores: new(2.0)}
		p.B = &Between{AIBusyPercent: 94, BatchFillPercent: 98}
		p.Dropped, p.Unconnected, p.ClockStep = 5, 2, -time.Millisecond
		p.InFlight = LittlesLaw{new(5.0), new(5.5)}
		p.Config = append(p.Config, Setting{"RATE", 100.0})
	})
	first := part(func(p *Summary) { p.InFlight = LittlesLaw{new(10.0), new(10.5)} })
	m := Merge([]Summary{first, later})
	if m.QPS != 150 || m.Window != (Window{Length: 10 * time.Second, OK: 1500, Answered: 4000, Steady: true}) {
		t.Errorf("QPS %v, window %+v", m.QPS, m.Window)
	}
	if m.Started != noon || m.WindowBegan != 0 || m.WindowEnded != 10200*time.Millisecond || m.Finished != 10300*time.Millisecond || m.TotalTime != m.Finished {
		t.Errorf("started %v, window %v to %v, finished %v", m.Started, m.WindowBegan, m.WindowEnded, m.Finished)
	}
	if m.Dropped != 5 || m.Unconnected != 2 || m.ClockStep != -time.Millisecond || m.Totals.Outcomes[OK] != 2000 {
		t.Errorf("dropped %d, %d without a connection, clock step %v, ok %d", m.Dropped, m.Unconnected, m.ClockStep, m.Totals.Outcomes[OK])
	}
	cpu := []float64{*m.CPU.ACores, *m.CPU.BCores, *m.CPU.HostBusyPercent, *m.CPU.AMicrosPerReq, *m.CPU.OthersCores, *m.CPU.HostCores, *m.InFlight.Sampled, *m.InFlight.Derived}
	// Others: 97 % of two cores, less 0.6 of the As and 1.0 of B.
	for i, want := range []float64{0.6, 1, 97, 35, 0.34, 2, 15, 16} {
		if diff := cpu[i] - want; diff > 1e-9 || diff < -1e-9 {
			t.Errorf("CPU and in flight are %v: number %d is to be %g", cpu, i, want)
		}
	}
	if *m.B != *first.B {
		t.Errorf("B is %+v, want it as the first A saw it", m.B)
	}
	if names := fmt.Sprint(m.Config); names != "[{CONCURRENCY 10} {TARGET_ADMIN_URL http://b:1} {TARGET_URL http://b/testB}]" {
		t.Errorf("in common are %s", names)
	}
}

// Each A counts the other As among the others.
func TestOtherAsAreNotOthers(t *testing.T) {
	as := func(others float64) []Summary {
		p := part(func(p *Summary) { p.CPU.OthersCores, p.Verdict.Limit = new(others), "others" })
		return []Summary{p, p, p}
	}
	m := Merge(as(0.74)) // 0.4 of them by the other two As
	if got := *m.CPU.OthersCores; got < 0.3399 || got > 0.3401 || m.Verdict.Limit != LimitCPU || len(m.Verdict.Reasons) != 1 || !strings.Contains(m.Verdict.Reasons[0], "others used 0.34 cores") {
		t.Errorf("others used %v, verdict %+v; want 0.34 and cpu, with the reason", got, m.Verdict)
	}
	four := as(0)
	for i := range four {
		four[i].CPU.HostCores, four[i].CPU.OthersCores = new(4.0), new(2.68)
	}
	if m := Merge(four); m.Verdict.Limit != "others" { // 2.28, and the lab 1.6
		t.Errorf("others used %v, limit %s; want others", *m.CPU.OthersCores, m.Verdict.Limit)
	}
}

func TestMergedVerdict(t *testing.T) {
	tests := []struct {
		name   string
		change []func(p *Summary) // one per A
		valid  bool
		limit  string
		want   []string // prefixes of the reasons
	}{
		{"all well", []func(p *Summary){nil, nil}, true, LimitCPU, nil},
		{"same reason", []func(p *Summary){
			func(p *Summary) { p.Verdict.Reasons = []string{"the CPU was full", "busy"} },
			func(p *Summary) { p.Verdict.Reasons = []string{"the CPU was full"} },
		}, true, LimitCPU, []string{"the CPU was full", "A #1: busy"}},
		{"one INVALID", []func(p *Summary){
			func(p *Summary) { p.Verdict.Reasons = []string{"fine"} },
			func(p *Summary) {
				p.Verdict = Verdict{false, LimitGenerator, []string{"requests were sent late"}}
			},
		}, false, LimitGenerator, []string{"A #2: requests were sent late", "A #1: fine"}},
		{"limits in order", []func(p *Summary){
			func(p *Summary) { p.Verdict.Limit = LimitNone },
			func(p *Summary) { p.Verdict.Limit = LimitQueue },
			func(p *Summary) { p.Verdict.Limit = LimitUnknown },
		}, true, LimitQueue, nil},
		{"96 % shared", []func(p *Summary){nil, func(p *Summary) { p.Started = noon.Add(400 * time.Millisecond) }}, true, LimitCPU,
			[]string{"all As were sending at once for 9.600 s, 96 % of the longest run, so QPS may be off"}},
		{"just shared", []func(p *Summary){nil, func(p *Summary) { p.Started = noon.Add(time.Second) }}, true, LimitCPU, []string{"all As were sending at once for 9.000 s, 90 %"}},
		{"not quite shared", []func(p *Summary){nil, func(p *Summary) { p.Started = noon.Add(-1001 * time.Millisecond) }}, false, LimitCPU,
			[]string{"all As were sending at once for 8.999 s, 89 % of the longest run, so their QPS cannot be added up"}},
		{"a warm-up moves the window", []func(p *Summary){nil, func(p *Summary) { p.WindowBegan, p.WindowEnded = 5*time.Second, 15*time.Second }}, false, LimitCPU,
			[]string{"all As were sending at once for 5.000 s, 50 %"}},
		{"one within another", []func(p *Summary){nil, func(p *Summary) { p.Window.Length = 5 * time.Second }}, false, LimitCPU, []string{"all As were sending at once for 5.000 s, 50 %"}},
		{"one after another", []func(p *Summary){nil, func(p *Summary) { p.Started = noon.Add(time.Hour) }}, false, LimitCPU, []string{"all As were sending at once for 0.000 s, 0 %"}},
		{"settings", []func(p *Summary){
			func(p *Summary) {
				p.Config = append(p.Config, Setting{"REPORT_DIR", "/a"}, Setting{"RATE", 5.0}, Setting{"IMAGE_URL", "http://x"})
			},
			func(p *Summary) {
				p.Config = append(p.Config, Setting{"REPORT_DIR", "/b"}, Setting{"RATE", 6.0}, Setting{"IMAGE_URL", "http://x"})
			},
			func(p *Summary) {
				p.Config = append(p.Config, Setting{"RATE", 5.0})
			},
		}, true, LimitCPU, []string{"the As differ in IMAGE_URL: http://x, http://x, not set", "the As differ in RATE: 5, 6, 5"}},
		{"another B", []func(p *Summary){nil, func(p *Summary) { p.Config = []Setting{{"TARGET_URL", "http://c/testB"}, p.Config[1], p.Config[2]} }}, true, LimitCPU,
			[]string{"the As differ in TARGET_URL: http://b/testB, http://c/testB", "the As may have loaded different Bs"}},
		{"versions", []func(p *Summary){nil, func(p *Summary) { p.Version = "" }}, true, LimitCPU, []string{"the As differ in their version: v1, unknown"}},
		{"hosts", []func(p *Summary){nil, func(p *Summary) { p.Host = "h2" }}, true, LimitCPU, []string{"the As ran on different hosts"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var runs []Summary
			for _, change := range tt.change {
				runs = append(runs, part(change))
			}
			v := Merge(runs).Verdict
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

// What a host or B used is not known if there may be several.
func TestMergeLeavesOut(t *testing.T) {
	m := Merge([]Summary{part(nil), part(func(p *Summary) { p.Host = "h2" })})
	if m.CPU.HostBusyPercent != nil || m.CPU.HostCores != nil || m.CPU.OthersCores != nil || m.CPU.BCores == nil || m.B == nil || m.Host != "" {
		t.Errorf("of two hosts: %+v", m.CPU)
	}
	m = Merge([]Summary{part(nil), part(func(p *Summary) { p.Config = nil })})
	if m.CPU.BCores != nil || m.B != nil || m.CPU.HostBusyPercent == nil {
		t.Errorf("of two Bs: %+v, %+v", m.CPU, m.B)
	}
	unknown := part(func(p *Summary) { p.Host = "" })
	if m = Merge([]Summary{unknown, unknown}); m.CPU.HostBusyPercent != nil || m.CPU.OthersCores != nil {
		t.Errorf("of unknown hosts: %+v", m.CPU)
	}
	others := part(func(p *Summary) {
		p.CPU.ACores, p.CPU.BCores, p.CPU.OthersCores, p.Verdict.Limit = new(0.5), nil, new(0.6), LimitOthers
	})
	if m = Merge([]Summary{others, others}); m.CPU.OthersCores == nil || m.Verdict.Limit != LimitCPU {
		t.Errorf("of a B elsewhere whose CPU is unknown: %+v, limit %s", m.CPU, m.Verdict.Limit)
	}
	if m = Merge([]Summary{part(func(p *Summary) { p.CPU.OthersCores, p.Verdict.Limit = new(0.1), LimitOthers })}); m.Verdict.Limit != LimitOthers {
		t.Errorf("the limit of one run is %s, want %s as before", m.Verdict.Limit, LimitOthers)
	}
	m = Merge([]Summary{part(nil), part(func(p *Summary) { p.CPU = CPU{} })})
	if m.CPU.ACores != nil || m.CPU.OthersCores != nil || m.CPU.AMicrosPerReq != nil {
		t.Errorf("with one that read nothing: %+v", m.CPU)
	}
}

// Two As on one host that load two Bs there: for each A, the other B is among the others, and how much it used is unknown.
func TestMergedOthersBesideTwoBs(t *testing.T) {
	m := Merge([]Summary{part(nil), part(func(p *Summary) { p.Config = []Setting{{"TARGET_URL", "http://c/testB"}} })})
	if m.CPU.OthersCores != nil || m.CPU.ACores == nil {
		t.Errorf("others used %g cores, want unknown", orZero(m.CPU.OthersCores))
	}
}

// The same loopback address leads to another B on another host.
func TestLoopbackOfTwoHosts(t *testing.T) {
	for url, same := range map[string]bool{
		"http://127.0.0.1:5000/testB": false, "http://localhost:5000/testB": false, "http://[::1]:5000/testB": false, "http://b:5000/testB": true,
	} {
		at := func(host string) Summary {
			return part(func(p *Summary) { p.Host, p.Config = host, []Setting{{"TARGET_URL", url}} })
		}
		if m := Merge([]Summary{at("h1"), at("h2")}); (m.B != nil) != same {
			t.Errorf("%s on two hosts: B is %+v, same B %v", url, m.B, same)
		}
		if m := Merge([]Summary{at("h1"), at("h1")}); m.B == nil {
			t.Errorf("%s on one host: B is missing", url)
		}
	}
}
