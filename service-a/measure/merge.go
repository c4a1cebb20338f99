package measure

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Merge makes one summary of runs, at least one, that several service As made at the same time. Counts and histograms
// add up exactly. Rates add up as far as the windows coincide; the verdict tells. The order of runs numbers the As.
func Merge(runs []Summary) Summary {
	first := slices.MinFunc(runs, func(a, b Summary) int { return a.Started.Compare(b.Started) })
	m := Summary{Runs: runs, Window: Window{Steady: true}}
	m.Run = Run{Started: first.Started, WindowBegan: math.MaxInt64, Totals: &Totals{}, Warmup: &Totals{}}
	for _, r := range runs {
		m.add(r)
	}
	m.TotalTime = m.Finished - m.WindowBegan
	if m.QPS > 0 { // so that it is ok replies per second of the window, as in any run
		m.Window.Length = time.Duration(math.Round(float64(m.Window.OK) / m.QPS * float64(time.Second)))
	}
	m.InFlight.Sampled = sum(runs, func(r Summary) *float64 { return r.InFlight.Sampled })
	m.InFlight.Derived = sum(runs, func(r Summary) *float64 { return r.InFlight.Derived })
	if agree(runs, version) {
		m.Version = first.Version
	}
	if agree(runs, host) {
		m.Host = first.Host
	}
	if sameB(runs) {
		saw := slices.MaxFunc(runs, func(a, b Summary) int { return cmp.Compare(len(a.Timeline), len(b.Timeline)) })
		m.B, m.Server, m.Timeline = saw.B, saw.Server, saw.Timeline
	}
	m.CPU = m.mergedCPU()
	differing := m.addSettings()
	m.Verdict = m.judgeMerged(differing)
	return m
}

// add has offsets count from the earliest start. The window lasts from the first begin to the last end.
func (m *Summary) add(r Summary) {
	later := r.Started.Sub(m.Started)
	m.WindowBegan = min(m.WindowBegan, later+r.WindowBegan)
	m.WindowEnded = max(m.WindowEnded, later+r.WindowEnded)
	m.Finished = max(m.Finished, later+r.Finished)
	if r.ClockStep.Abs() > m.ClockStep.Abs() {
		m.ClockStep = r.ClockStep
	}
	m.Totals.Merge(r.Totals)
	m.Warmup.Merge(r.Warmup)
	m.Dropped += r.Dropped
	m.Unconnected += r.Unconnected
	m.QPS += r.QPS
	m.Window.OK += r.Window.OK
	m.Window.Answered += r.Window.Answered
	m.Window.Steady = m.Window.Steady && r.Window.Steady
	m.Window.Length = max(m.Window.Length, r.Window.Length)
}

// mergedCPU leaves out what cannot be known: the CPU of several hosts, and of several Bs. What all As saw alike is
// taken from the first.
func (m *Summary) mergedCPU() (c CPU) {
	first := m.Runs[0].CPU
	c.ACores = sum(m.Runs, func(r Summary) *float64 { return r.CPU.ACores })
	c.AMicrosPerReq = sum(m.Runs, func(r Summary) *float64 {
		if r.CPU.AMicrosPerReq == nil {
			return nil
		}
		return new(*r.CPU.AMicrosPerReq * float64(r.Window.Answered) / float64(max(m.Window.Answered, 1)))
	})
	if sameB(m.Runs) {
		c.BCores = first.BCores
	}
	if sameHost(m.Runs) {
		c.HostBusyPercent, c.StealPercent, c.HostCores = first.HostBusyPercent, first.StealPercent, first.HostCores
	}
	if sameHost(m.Runs) && sameB(m.Runs) && first.OthersCores != nil && first.ACores != nil && c.ACores != nil {
		c.OthersCores = new(max(*first.OthersCores-(*c.ACores-*first.ACores), 0)) // each A counts the other As, and other Bs, among the others
	}
	return c
}

// sum is nil if a value is unknown.
func sum(runs []Summary, value func(Summary) *float64) *float64 {
	var total float64
	for _, r := range runs {
		v := value(r)
		if v == nil {
			return nil
		}
		total += *v
	}
	return &total
}

// agree reports whether all runs have the same text.
func agree(runs []Summary, text func(Summary) string) bool {
	return !slices.ContainsFunc(runs, func(r Summary) bool { return text(r) != text(runs[0]) })
}

func host(s Summary) string    { return s.Host }
func version(s Summary) string { return cmp.Or(s.Version, "unknown") }

func setting(name string) func(Summary) string {
	return func(s Summary) string {
		for _, known := range s.Config {
			if known.Name == name {
				return fmt.Sprint(known.Value)
			}
		}
		return "not set"
	}
}

// sameHost is false if a host is unknown, unless there is only one run.
func sameHost(runs []Summary) bool { return len(runs) == 1 || runs[0].Host != "" && agree(runs, host) }

// sameB assumes that the same addresses lead to the same B, unless each host reaches its own at a loopback address.
func sameB(runs []Summary) bool {
	return (sameHost(runs) || !runs[0].loopback()) && agree(runs, setting("TARGET_URL")) && agree(runs, setting("TARGET_ADMIN_URL"))
}

// irrelevant settings say where an A listens and where its reports go.
var irrelevant = []string{"ADMIN_ADDR", "AFTER_RUN", "DASHBOARD_URL", "REPORT_DIR", "REPORT_URL"}

// addSettings adds the settings that all As have in common. It returns what the others say, both in alphabetical order.
func (m *Summary) addSettings() (differing []finding) {
	all := map[string]Setting{}
	for _, r := range m.Runs {
		for _, s := range r.Config {
			all[s.Name] = s
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if agree(m.Runs, setting(name)) {
			m.Config = append(m.Config, all[name])
		} else if !slices.Contains(irrelevant, name) {
			differing = append(differing, m.differ(name, setting(name)))
		}
	}
	return differing
}

// differ lists the values in the order of the As.
func (m *Summary) differ(what string, value func(Summary) string) finding {
	var values []string
	for _, r := range m.Runs {
		values = append(values, value(r))
	}
	return finding{reason: fmt.Sprintf("the As differ in %s: %s", what, strings.Join(values, ", "))}
}

// limits in the order of their importance: a merged run has the first that one of its runs has.
var limits = []string{LimitGenerator, LimitOthers, LimitCPU, LimitWorkers, LimitQueue, LimitNone, LimitUnknown}

// judgeMerged is valid if every run is, and if their windows coincide.
func (m *Summary) judgeMerged(differing []finding) Verdict {
	found := append(m.runsApart(), differing...)
	if !agree(m.Runs, version) {
		found = append(found, m.differ("their version", version))
	}
	if !sameB(m.Runs) {
		found = append(found, finding{reason: "the As may have loaded different Bs, so B's figures are left out"})
	}
	if !agree(m.Runs, host) {
		found = append(found, finding{reason: "the As ran on different hosts, so the CPU of hosts is left out, and windows and ts_diff depend on all their clocks: synchronize them"})
	}
	v := verdictOf(append(found, m.reasons()...))
	v.Limit = slices.MinFunc(m.Runs, func(a, b Summary) int {
		return cmp.Compare(slices.Index(limits, a.Verdict.Limit), slices.Index(limits, b.Verdict.Limit))
	}).Verdict.Limit
	if c := m.CPU; v.Limit == LimitOthers && len(m.Runs) > 1 && c.OthersCores != nil && *c.OthersCores <= orZero(c.ACores)+orZero(c.BCores) {
		v.Limit = LimitCPU
		v.Reasons = append(v.Reasons, fmt.Sprintf("each A counts the other As among the other programs; without them, others used %.2f cores, and the As and B used more", *c.OthersCores))
	}
	return v
}

const (
	sharedEnough = 0.90 // of the longest window; below it, rates of different loads would be added up
	sharedAll    = 0.99
)

// Shared is how long the windows of all merged runs were open at the same time.
func (s Summary) Shared() time.Duration {
	began, ended := s.Runs[0].Span()
	for _, r := range s.Runs {
		begin, end := r.Span()
		began, ended = slices.MaxFunc([]time.Time{began, begin}, time.Time.Compare), slices.MinFunc([]time.Time{ended, end}, time.Time.Compare)
	}
	return max(ended.Sub(began), 0)
}

// runsApart compares the windows.
func (m *Summary) runsApart() []finding {
	shared, longest := m.Shared(), time.Nanosecond
	for _, r := range m.Runs {
		longest = max(longest, r.Window.Length)
	}
	share := float64(shared) / float64(longest)
	switch what := fmt.Sprintf("all As were sending at once for %.3f s, %.0f %% of the longest run", shared.Seconds(), math.Floor(100*share)); {
	case len(m.Runs) == 1 || share >= sharedAll:
		return nil
	case share >= sharedEnough:
		return []finding{{reason: what + ", so QPS may be off by the rest: run longer"}}
	default:
		return []finding{{invalid: true, reason: what + ", so their QPS cannot be added up: start them closer together, and give them the same, longer DURATION"}}
	}
}

// reasons are those of the runs, each with the A that gave it. One that all As gave is there once.
func (m *Summary) reasons() (all []finding) {
	for i, r := range m.Runs {
		for _, reason := range r.Verdict.Reasons {
			f := finding{invalid: !r.Verdict.Valid, reason: reason}
			if slices.ContainsFunc(m.Runs, func(r Summary) bool { return !slices.Contains(r.Verdict.Reasons, reason) }) {
				f.reason = fmt.Sprintf("A #%d: %s", i+1, reason)
			} else if i > 0 {
				continue
			}
			all = append(all, f)
		}
	}
	return all
}

// loopback reports whether s loaded a B on its own host.
func (s Summary) loopback() bool {
	u, err := url.Parse(setting("TARGET_URL")(s))
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
