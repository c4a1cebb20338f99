package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"batchlab/service-a/measure"
)

// line is one line of the block: a label and text with an optional color.
type line struct{ label, text, color string }

func (l line) columns() int { return utf8.RuneCountInString(l.label + l.text) }

const labelWidth = 10

// block renders progress as a few lines, none wider than width.
func block(p Progress, qps []float64, width int, g glyphs) []line {
	requests, color := outcomes(p.Outcomes, p.Dropped, p.Unconnected), ""
	if len(requests) > 1 {
		color = yellow
	}
	var lines []line
	add := func(label, color string, parts []string) {
		if text := fit(parts, width-labelWidth); text != "" {
			label = fmt.Sprintf("%-*s", labelWidth, label)
			lines = append(lines, line{cut(label, width), cut(text, width-labelWidth), color})
		}
	}
	add("time", "", p.time(width-labelWidth, g))
	add("QPS", "", p.rates(qps, width-labelWidth, g))
	tsDiff := []string{"no ok reply yet"}
	if p.Outcomes[measure.OK] > 0 {
		tsDiff = []string{"p50 " + p.millis(p.P50) + " ms", "p99 " + p.millis(p.P99) + " ms"}
	}
	add("ts_diff", "", tsDiff)
	add("requests", color, slices.Concat([]string{fmt.Sprintf("in flight %d", p.InFlight)}, requests))
	if shares := cpuShares(p.CPU, " %%"); shares != nil {
		add("CPU", "", append(shares, "(host: of all cores)"))
	}
	add("B", "", p.batches())
	return lines
}

const gap = "   "

// fit joins as many parts as width allows, but at least one.
func fit(parts []string, width int) string {
	for len(parts) > 1 && utf8.RuneCountInString(strings.Join(parts, gap)) > width {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, gap)
}

// cut shortens text so that its line does not wrap.
func cut(text string, width int) string { return fmt.Sprintf("%.*s", max(width, 0), text) }

// time shows the elapsed time, and the progress if the end is known.
func (p Progress) time(width int, g glyphs) []string {
	elapsed := p.Elapsed.Round(time.Second).String()
	end, fraction := p.end()
	switch {
	case p.Stopping:
		return []string{elapsed, fmt.Sprintf("stopping: waiting for %d in flight", p.InFlight)}
	case p.Elapsed < p.Warmup:
		return []string{elapsed, fmt.Sprintf("warming up for %s, not measured", p.Warmup)}
	case end == "":
		return []string{elapsed, "until stopped (Ctrl-C)"}
	}
	text := fmt.Sprintf("%3.0f %% of %s", 100*fraction, end)
	room := min(width-utf8.RuneCountInString(elapsed+text)-2*len(gap), 40)
	if room < 10 {
		return []string{elapsed, text}
	}
	return []string{elapsed, bar(fraction, room, g), text}
}

// end returns the limit of the run and the fraction done. With two limits, the nearer one counts.
func (p Progress) end() (text string, fraction float64) {
	if p.Duration > 0 {
		end := p.Warmup + p.Duration
		text, fraction = end.String(), p.Elapsed.Seconds()/end.Seconds()
	}
	if p.Requests > 0 {
		if done := float64(p.Handled) / float64(p.Requests); done >= fraction {
			text, fraction = fmt.Sprintf("%d requests", p.Requests), done
		}
	}
	return text, min(fraction, 1)
}

func bar(fraction float64, width int, g glyphs) string {
	done := int(fraction * float64(width))
	return strings.Repeat(g.done, done) + strings.Repeat(g.left, width-done)
}

func (p Progress) rates(qps []float64, width int, g glyphs) []string {
	parts := []string{fmt.Sprintf("%.0f now", p.QPS), fmt.Sprintf("%.0f mean", p.MeanQPS)}
	room := width - utf8.RuneCountInString(strings.Join(parts, gap)) - len(gap)
	if n := min(room, len(qps)); n > 0 {
		parts = append(parts, sparkline(qps[len(qps)-n:], g))
	}
	return parts
}

// sparkline draws values on a scale from 0 to their maximum.
func sparkline(values []float64, g glyphs) string {
	most := slices.Max(values)
	var b strings.Builder
	for _, v := range values {
		level := 0
		if most > 0 {
			level = int(v / most * float64(len(g.spark)-1))
		}
		b.WriteRune(g.spark[level])
	}
	return b.String()
}

func (p Progress) batches() []string {
	if p.Server.Instances == 0 {
		return nil
	}
	parts := []string{fmt.Sprintf("queue %d of %d", p.Server.QueueDepth, p.Server.QueueLimit)}
	if p.B != nil {
		parts = append(parts, fmt.Sprintf("batches of %d: %.0f %% full", p.Server.BatchSize, p.B.BatchFillPercent),
			fmt.Sprintf("AI workers %.0f %% busy", p.B.AIBusyPercent))
	}
	if p.Server.Instances > 1 {
		parts = append(parts, fmt.Sprintf("%d instances", p.Server.Instances))
	}
	return parts
}
