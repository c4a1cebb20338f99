package measure

import (
	"cmp"
	"math"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"time"
)

// Part is the run of one service A within a merged run.
type Part struct {
	File string // the name of its report
	Summary
}

// Merged is what several service As measured at the same time. Its Config holds the settings that all have in
// common, and its window lasts the mean of theirs, so that QPS is still ok replies per second of the window.
type Merged struct {
	Summary
	Parts  []Part
	Shared time.Duration // when all windows were open
}

// Merge combines runs, at least one. Counts and histograms add up exactly; so do rates, as far as the windows
// coincide. The verdict says what does not match. The order of parts gives the As their numbers.
func Merge(parts []Part) Merged {
	m := Merged{Parts: parts, Shared: shared(parts)}
	m.Run, m.Config, m.Origin = mergeRuns(parts), common(parts), origin(parts)
	m.TotalTime = m.Finished - m.WindowBegan
	m.QPS, m.Window = mergeWindows(parts)
	m.InFlight = LittlesLaw{
		Sampled: sum(parts, func(p Part) *float64 { return p.InFlight.Sampled }),
		Derived: sum(parts, func(p Part) *float64 { return p.InFlight.Derived }),
	}
	m.CPU, m.B, m.Timeline = mergeCPU(parts), mergeB(parts), mergeTimelines(parts)
	if sameB(parts) {
		m.Server = parts[0].Server
	}
	m.Verdict = m.judge()
	return m
}

// mergeRuns counts times from the earliest start. Its window lasts from the first begin to the last end.
func mergeRuns(parts []Part) Run {
	first := slices.MinFunc(parts, func(a, b Part) int { return a.Started.Compare(b.Started) })
	r := Run{Started: first.Started, WindowBegan: math.MaxInt64, Totals: &Totals{}, Warmup: &Totals{}}
	for _, p := range parts {
		later := p.Started.Sub(first.Started)
		r.WindowBegan = min(r.WindowBegan, later+p.WindowBegan)
		r.WindowEnded = max(r.WindowEnded, later+p.WindowEnded)
		r.Finished = max(r.Finished, later+p.Finished)
		if p.ClockStep.Abs() > r.ClockStep.Abs() {
			r.ClockStep = p.ClockStep
		}
		r.Concurrency += p.Concurrency
		r.Rate += p.Rate
		r.Dropped += p.Dropped
		r.Unconnected += p.Unconnected
		totals := *p.Totals
		totals.LastOK += later
		r.Totals.Merge(&totals)
		r.Warmup.Merge(p.Warmup)
	}
	return r
}

func mergeWindows(parts []Part) (qps float64, w Window) {
	w.Steady = true
	for _, p := range parts {
		qps += p.QPS
		w.OK += p.Window.OK
		w.Answered += p.Window.Answered
		w.Steady = w.Steady && p.Window.Steady
		w.Length = max(w.Length, p.Window.Length)
	}
	if qps > 0 {
		w.Length = time.Duration(math.Round(float64(w.OK) / qps * float64(time.Second)))
	}
	return qps, w
}

// shared is how long the windows of all parts were open at the same time.
func shared(parts []Part) time.Duration {
	begin, end := parts[0].opened(), parts[0].closed()
	for _, p := range parts {
		if p.opened().After(begin) {
			begin = p.opened()
		}
		if p.closed().Before(end) {
			end = p.closed()
		}
	}
	return max(end.Sub(begin), 0)
}

func (p Part) opened() time.Time { return p.Started.Add(p.WindowBegan) }
func (p Part) closed() time.Time { return p.opened().Add(p.Window.Length) }

// mergeCPU leaves out what cannot be known: the CPU of different hosts, and of B if there may be several.
func mergeCPU(parts []Part) (c CPU) {
	c.ACores = sum(parts, func(p Part) *float64 { return p.CPU.ACores })
	if sameB(parts) {
		c.BCores = mean(parts, func(p Part) *float64 { return p.CPU.BCores })
	}
	replies := float64(max(mergedAnswered(parts), 1))
	c.AMicrosPerReq = sum(parts, func(p Part) *float64 { return scaled(p.CPU.AMicrosPerReq, float64(p.Window.Answered)/replies) })
	if !sameHost(parts) {
		return c
	}
	c.HostBusyPercent = mean(parts, func(p Part) *float64 { return p.CPU.HostBusyPercent })
	c.StealPercent = mean(parts, func(p Part) *float64 { return p.CPU.StealPercent })
	c.HostCores = parts[0].CPU.HostCores
	c.OthersCores = mergeOthers(parts, c.ACores)
	return c
}

// mergeOthers is the CPU of others on one host. For each A, the others include the other As, and other Bs.
func mergeOthers(parts []Part, all *float64) *float64 {
	if !sameB(parts) {
		return nil
	}
	others := mean(parts, func(p Part) *float64 { return p.CPU.OthersCores })
	own := mean(parts, func(p Part) *float64 { return p.CPU.ACores })
	if others == nil || own == nil {
		return nil
	}
	return new(max(*others+*own-*all, 0))
}

func mergedAnswered(parts []Part) (n int64) {
	for _, p := range parts {
		n += p.Window.Answered
	}
	return n
}

// mergeB averages what the As saw of the same B; nil if they may have seen different ones.
func mergeB(parts []Part) *Between {
	if !sameB(parts) || slices.ContainsFunc(parts, func(p Part) bool { return p.B == nil }) {
		return nil
	}
	b := *parts[0].B
	b.AIBusyPercent = *mean(parts, func(p Part) *float64 { return &p.B.AIBusyPercent })
	b.BatchFillPercent = *mean(parts, func(p Part) *float64 { return &p.B.BatchFillPercent })
	return &b
}

// mergeTimelines lists a change that several As saw only once.
func mergeTimelines(parts []Part) (t Timeline) {
	for _, p := range parts {
		before := Timeline{Changes: slices.Clone(t.Changes)}
		for _, c := range p.Timeline.Changes {
			if !before.has(c) {
				t.Add(c)
			}
		}
		t.More = max(t.More, p.Timeline.More)
	}
	return t
}

// sum is nil if a value is unknown.
func sum(parts []Part, value func(Part) *float64) *float64 {
	var total float64
	for _, p := range parts {
		v := value(p)
		if v == nil {
			return nil
		}
		total += *v
	}
	return &total
}

func mean(parts []Part, value func(Part) *float64) *float64 {
	return scaled(sum(parts, value), 1/float64(len(parts)))
}

func scaled(v *float64, factor float64) *float64 {
	if v == nil {
		return nil
	}
	return new(*v * factor)
}

// common lists the settings that have the same value in all parts, in alphabetical order.
func common(parts []Part) (all []Setting) {
	for _, s := range parts[0].Config {
		if !slices.ContainsFunc(parts, func(p Part) bool { return !reflect.DeepEqual(p.setting(s.Name), s.Value) }) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Setting) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// setting is nil if p does not have it.
func (p Part) setting(name string) any {
	for _, s := range p.Config {
		if s.Name == name {
			return s.Value
		}
	}
	return nil
}

// origin is where all parts come from; what they do not have in common is "".
func origin(parts []Part) (o Origin) {
	if len(distinct(parts, func(p Part) string { return p.Version })) == 1 {
		o.Version = parts[0].Version
	}
	if sameHost(parts) {
		o.Host = parts[0].Host
	}
	return o
}

// sameHost is false if a host is unknown, unless there is only one part.
func sameHost(parts []Part) bool {
	return len(parts) == 1 || parts[0].Host != "" && len(distinct(parts, func(p Part) string { return p.Host })) == 1
}

// sameB assumes that the same addresses lead to the same B, unless each host reaches its own at a loopback address.
func sameB(parts []Part) bool {
	return (sameHost(parts) || !parts[0].loopback()) && len(distinct(parts, func(p Part) any { return p.setting("TARGET_URL") })) == 1 &&
		len(distinct(parts, func(p Part) any { return p.setting("TARGET_ADMIN_URL") })) == 1
}

// loopback reports whether p loaded a B on its own host.
func (p Part) loopback() bool {
	text, _ := p.setting("TARGET_URL").(string)
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
