package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"batchlab/service-a/measure"
)

// Progress is a snapshot of a run. Unless noted, rates and percentiles cover the time since the
// previous one.
type Progress struct {
	Elapsed  time.Duration // warm-up included
	Stopping bool          // sending has stopped; waiting for replies
	Warmup   time.Duration
	Duration time.Duration // as configured, 0 = no limit
	Requests int64         // as configured, 0 = no limit
	Handled  int64         // requests answered or dropped so far
	QPS      float64
	MeanQPS  float64 // since the start
	P50, P99 time.Duration
	InFlight int
	Dropped  int64
	Outcomes measure.Counts // since the start
	CPU      measure.CPU
	Server   measure.Server
	B        *measure.Between // nil if B could not be read
}

// line renders progress on one line, the most important first.
func (p Progress) line() string {
	parts := []string{p.clock(), fmt.Sprintf("QPS %.0f (mean %.0f)", p.QPS, p.MeanQPS)}
	if p.Outcomes[measure.OK] > 0 {
		parts = append(parts, fmt.Sprintf("ts_diff p50 %s p99 %s ms", millis(p.P50), millis(p.P99)))
	}
	parts = append(parts, p.outcomes(), p.cpu(), p.server(), fmt.Sprintf("in flight %d", p.InFlight))
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " | ")
}

func (p Progress) clock() string {
	elapsed := p.Elapsed.Round(time.Second)
	switch {
	case p.Stopping:
		return fmt.Sprintf("%s stopping", elapsed)
	case p.Elapsed < p.Warmup:
		return fmt.Sprintf("%s warm-up", elapsed)
	case p.Duration > 0:
		return fmt.Sprintf("%s/%s", elapsed, p.Warmup+p.Duration)
	}
	return elapsed.String()
}

func (p Progress) outcomes() string {
	ok := fmt.Sprintf("ok %d", p.Outcomes[measure.OK])
	if p.Requests > 0 {
		ok += fmt.Sprintf("/%d", p.Requests)
	}
	return strings.Join(append([]string{ok}, notOK(p.Outcomes, p.Dropped)...), " ")
}

func (p Progress) cpu() string {
	if shares := cpuShares(p.CPU, "%s %.0f%%"); shares != nil {
		return "CPU " + strings.Join(shares, " ")
	}
	return ""
}

// cpuShares lists CPU as top shows it: for a process 100 % is one core, for the host all cores.
func cpuShares(cpu measure.CPU, format string) (shares []string) {
	add := func(name string, v *float64, factor float64) {
		if v != nil {
			shares = append(shares, fmt.Sprintf(format, name, *v*factor))
		}
	}
	add("A", cpu.ACores, 100)
	add("B", cpu.BCores, 100)
	add("host", cpu.HostBusyPercent, 1)
	return shares
}

func (p Progress) server() string {
	if p.Server.Instances == 0 {
		return ""
	}
	return fmt.Sprintf("B queue %d batch_size %d", p.Server.QueueDepth, p.Server.BatchSize)
}

// millis formats a duration in milliseconds.
func millis(d time.Duration) string { return fmt.Sprintf("%.1f", inMillis(d)) }

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
