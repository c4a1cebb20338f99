package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"batchlab/service-a/measure"
)

// Progress is a snapshot of a run. Unless noted, rates and percentiles cover the time since the last one.
type Progress struct {
	Elapsed     time.Duration // warm-up included
	Stopping    bool          // sending has stopped; waiting for replies
	Warmup      time.Duration // as configured, like the next two
	Duration    time.Duration // 0 = no limit
	Requests    int64         // 0 = no limit
	Handled     int64         // requests answered or dropped since the warm-up
	QPS         float64
	MeanQPS     float64 // since the start
	P50, P99    time.Duration
	Replies     int64 // ok replies with a ts_diff; if 0, P50 and P99 are unknown
	InFlight    int
	Dropped     int64
	Unconnected int64          // see measure.Run
	Outcomes    measure.Counts // since the start, warm-up included
	CPU         measure.CPU
	Server      measure.Server
	B           *measure.Between // nil if B could not be read
}

// line renders progress on one line, the most important first.
func (p Progress) line() string {
	parts := []string{p.clock(), fmt.Sprintf("QPS %.0f (mean %.0f)", p.QPS, p.MeanQPS)}
	if p.Outcomes[measure.OK] > 0 {
		parts = append(parts, fmt.Sprintf("ts_diff p50 %s p99 %s ms", p.millis(p.P50), p.millis(p.P99)))
	}
	if p.Requests > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d requests", p.Handled, p.Requests))
	}
	parts = append(parts, strings.Join(outcomes(p.Outcomes, p.Dropped, p.Unconnected), " "))
	if shares := cpuShares(p.CPU, "%%"); shares != nil {
		parts = append(parts, "CPU "+strings.Join(shares, " "))
	}
	if p.Server.Instances > 0 {
		parts = append(parts, fmt.Sprintf("B queue %d batch_size %d", p.Server.QueueDepth, p.Server.BatchSize))
	}
	return strings.Join(append(parts, fmt.Sprintf("in flight %d", p.InFlight)), " | ")
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

// outcomes lists the count of ok, then the other outcomes that occurred.
func outcomes(counts measure.Counts, dropped, unconnected int64) (parts []string) {
	for o, n := range counts {
		if outcome := measure.Outcome(o); n > 0 || outcome == measure.OK {
			parts = append(parts, fmt.Sprintf("%s %d", words(outcome), n))
		}
	}
	if dropped > 0 {
		parts = append(parts, fmt.Sprintf("dropped %d", dropped))
	}
	if unconnected > 0 {
		parts[len(parts)-1] += fmt.Sprintf(" (%d without a connection)", unconnected)
	}
	return parts
}

// millis formats P50 or P99.
func (p Progress) millis(percentile time.Duration) string {
	if p.Replies == 0 {
		return "-"
	}
	return millis(percentile)
}

func words(o measure.Outcome) string { return strings.ReplaceAll(o.String(), "_", " ") }

// cpuShares lists CPU as top shows it: for a process 100 % is one core, for the host all cores.
func cpuShares(cpu measure.CPU, percent string) []string {
	return slices.Concat(known("A %.0f"+percent, cpu.ACores, 100), known("B %.0f"+percent, cpu.BCores, 100),
		known("others %.0f"+percent, cpu.OthersCores, 100), known("host %.0f"+percent, cpu.HostBusyPercent, 1),
		steal(cpu, "steal %.0f"+percent))
}

// steal formats the share of other virtual machines, which most hosts do not have.
func steal(cpu measure.CPU, format string) []string {
	if cpu.StealPercent == nil || *cpu.StealPercent < 1 {
		return nil
	}
	return known(format, cpu.StealPercent, 1)
}

// known formats factor times v, unless v is unknown.
func known(format string, v *float64, factor float64) []string {
	if v == nil {
		return nil
	}
	return []string{fmt.Sprintf(format, factor**v)}
}

// millis formats a duration in milliseconds.
func millis(d time.Duration) string { return fmt.Sprintf("%.1f", inMillis(d)) }

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
