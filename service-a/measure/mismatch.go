package measure

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

const (
	sharedEnough = 0.90 // of the longest window; below it, rates of different loads would be added up
	sharedAll    = 0.99
	clockNoise   = time.Millisecond // the ways back from B differ by this much
)

// unimportant settings say where an A listens and where its reports go.
var unimportant = []string{"ADMIN_ADDR", "AFTER_RUN", "DASHBOARD_URL", "REPORT_DIR", "REPORT_URL"}

// limits are in the order of their importance: a merged run reports the first that one of its runs reports.
var limits = []string{LimitGenerator, LimitOthers, LimitCPU, LimitWorkers, LimitQueue, LimitNone, LimitUnknown}

// judge makes one verdict of all: valid if every run is and their windows coincide. What makes it invalid comes first.
func (m Merged) judge() Verdict {
	v := Verdict{Limit: m.limit()}
	v.Valid = !slices.ContainsFunc(m.Parts, func(p Part) bool { return !p.Verdict.Valid })
	findings := slices.Concat(m.apart(), m.bottleneck(), m.mismatches(), m.reasons())
	for _, invalid := range []bool{true, false} {
		for _, f := range findings {
			if f.invalid == invalid {
				v.add(f)
			}
		}
	}
	return v
}

// limit passes over `others` if those were the other As.
func (m Merged) limit() string {
	rank := func(p Part) int {
		if i := slices.Index(limits, p.Verdict.Limit); i >= 0 {
			return i
		}
		return len(limits)
	}
	parts := m.Parts
	if m.othersAreAs() {
		parts = slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return p.Verdict.Limit == LimitOthers })
	}
	if len(parts) == 0 {
		return LimitCPU // others are the limit only if the CPU was saturated
	}
	return slices.MinFunc(parts, func(a, b Part) int { return cmp.Compare(rank(a), rank(b)) }).Verdict.Limit
}

func (m Merged) othersAreAs() bool {
	c := m.CPU
	return len(m.Parts) > 1 && c.OthersCores != nil && c.ACores != nil && c.BCores != nil && *c.OthersCores <= *c.ACores+*c.BCores
}

// apart compares the windows.
func (m Merged) apart() []finding {
	longest := slices.MaxFunc(m.Parts, func(a, b Part) int { return cmp.Compare(a.Window.Length, b.Window.Length) }).Window.Length
	share := float64(m.Shared) / float64(max(longest, 1))
	switch what := fmt.Sprintf("all As were sending at once for %.3f s, %.0f %% of the longest run", m.Shared.Seconds(), math.Floor(100*share)); {
	case len(m.Parts) == 1 || share >= sharedAll:
		return nil
	case share >= sharedEnough:
		return []finding{{reason: what + ", so QPS may be off by the rest: run longer"}}
	default:
		return []finding{{invalid: true, reason: what + ", so their QPS cannot be added up: start them closer together, and give them the same, longer DURATION"}}
	}
}

func (m Merged) bottleneck() (all []finding) {
	for i, p := range m.Parts {
		if len(m.Parts) > 1 && p.Verdict.Limit == LimitGenerator {
			all = append(all, finding{reason: m.name(i) + " was the bottleneck"})
		}
	}
	return all
}

// reasons are those of the runs, each with the A that gave it. One that all As gave is there once.
func (m Merged) reasons() (all []finding) {
	for i, p := range m.Parts {
		if len(p.Verdict.Reasons) == 0 && !p.Verdict.Valid {
			all = append(all, finding{invalid: true, reason: m.name(i) + " is INVALID"})
		}
		for _, reason := range p.Verdict.Reasons {
			switch {
			case !m.all(reason):
				all = append(all, finding{invalid: !p.Verdict.Valid, reason: m.name(i) + ": " + reason})
			case i == 0:
				all = append(all, finding{invalid: !p.Verdict.Valid, reason: reason})
			}
		}
	}
	return all
}

// all reports whether every run has that reason.
func (m Merged) all(reason string) bool {
	return !slices.ContainsFunc(m.Parts, func(p Part) bool { return !slices.Contains(p.Verdict.Reasons, reason) })
}

// mismatches are differences between the runs that leave the counts right.
func (m Merged) mismatches() (all []finding) {
	say := func(format string, values ...any) { all = append(all, finding{reason: fmt.Sprintf(format, values...)}) }
	for _, name := range m.differing() {
		say("the As differ in %s: %s", name, m.values(func(p Part) any { return p.setting(name) }))
	}
	if !sameB(m.Parts) {
		say("the As may have loaded different Bs, so B's figures are left out")
	}
	if versions := func(p Part) any { return p.Version }; len(distinct(m.Parts, versions)) > 1 {
		say("the As have different versions: %s", m.values(versions))
	}
	if hosts := distinct(m.Parts, func(p Part) string { return p.Host }); len(hosts) > 1 {
		say("the As ran on %d hosts, so the CPU of hosts is left out, and ts_diff depends on all their clocks: synchronize them", len(hosts))
	}
	if apart, i, j := m.clocks(); apart > 0 {
		say("the clocks of A #%d and A #%d seem to be %s apart, so ts_diff and the windows are unreliable: compare latency, and synchronize the clocks", i+1, j+1, apart)
	}
	return all
}

// clocks returns the two As whose clocks differ most, unless that is little beside the latency. Against the same
// B, the mean latency minus the mean ts_diff is the way back plus how far A's clock is ahead of B's.
func (m Merged) clocks() (apart time.Duration, i, j int) {
	if !sameB(m.Parts) || sameHost(m.Parts) {
		return 0, 0, 0
	}
	for k, p := range m.Parts {
		if p.Totals.TSDiff.Count() == 0 || p.Totals.Skewed > 0 {
			return 0, 0, 0
		}
		if p.ahead() < m.Parts[i].ahead() {
			i = k
		}
		if p.ahead() > m.Parts[j].ahead() {
			j = k
		}
	}
	apart = m.Parts[j].ahead() - m.Parts[i].ahead()
	if apart <= max(clockNoise, m.Totals.Latency.Mean()/10) {
		return 0, 0, 0
	}
	return apart.Round(time.Millisecond / 10), min(i, j), max(i, j)
}

// ahead does not count how late requests were sent: ts is taken when they are.
func (p Part) ahead() time.Duration {
	return p.Totals.Latency.Mean() - p.Totals.Lag.Mean() - p.Totals.TSDiff.Mean()
}

// differing lists the settings that matter and have different values, in alphabetical order.
func (m Merged) differing() (names []string) {
	known := map[string]bool{}
	for _, p := range m.Parts {
		for _, s := range p.Config {
			known[s.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if !slices.Contains(unimportant, name) && len(distinct(m.Parts, func(p Part) any { return p.setting(name) })) > 1 {
			names = append(names, name)
		}
	}
	return names
}

// values lists each value with the As that have it.
func (m Merged) values(value func(Part) any) string {
	var texts []string
	for _, v := range distinct(m.Parts, value) {
		var who []string
		for i, p := range m.Parts {
			if value(p) == v {
				who = append(who, fmt.Sprintf("A #%d", i+1))
			}
		}
		switch v {
		case nil:
			v = "not set"
		case "":
			v = "unknown"
		}
		texts = append(texts, fmt.Sprintf("%v (%s)", v, strings.Join(who, ", ")))
	}
	return strings.Join(texts, ", ")
}

// name is that of the list of runs, which has the file, too.
func (m Merged) name(i int) string { return fmt.Sprintf("A #%d", i+1) }

// distinct lists the values in the order of the parts.
func distinct[T comparable](parts []Part, value func(Part) T) (values []T) {
	for _, p := range parts {
		if v := value(p); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}
