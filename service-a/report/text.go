package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"batchlab/service-a/measure"
)

// Text prints a summary for people: the five figures of the original experiment, one "name: value"
// per line; the verdict with its reasons; then the rest.
func Text(w io.Writer, s measure.Summary) error {
	var b strings.Builder
	five(&b, s)
	b.WriteString("\n")
	verdict(&b, s.Verdict)
	b.WriteString("\n")
	percentiles(&b, s)
	facts(&b, s)
	causes(&b, s.Totals)
	_, err := io.WriteString(w, b.String())
	return err
}

func five(w io.Writer, s measure.Summary) {
	fmt.Fprintf(w, "total time: %s ms\n", millis(s.TotalTime))
	fmt.Fprintf(w, "succeeded: %d\n", s.Totals.Outcomes[measure.OK])
	fmt.Fprintf(w, "failed: %d\n", s.Totals.NotOK())
	if s.TSDiff.Count == 0 {
		fmt.Fprintln(w, "mean ts_diff: none")
	} else {
		fmt.Fprintf(w, "mean ts_diff: %s ms\n", decimals(s.TSDiff.Mean))
	}
	fmt.Fprintf(w, "QPS: %.1f\n", s.QPS)
}

func verdict(w io.Writer, v measure.Verdict) {
	word := "valid"
	if !v.Valid {
		word = "INVALID"
	}
	fmt.Fprintf(w, "verdict: %s, limit: %s\n", word, v.Limit)
	for _, reason := range v.Reasons {
		fmt.Fprintf(w, "  - %s\n", wrap(reason, "    "))
	}
}

// wrap breaks text between words into lines that fit a terminal of 80 columns.
func wrap(text, indent string) string {
	const most = 79
	var b strings.Builder
	used := len(indent)
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+n > most:
			b.WriteString("\n" + indent)
			used = len(indent)
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}

// percentiles prints a table with columns as wide as their widest entry.
func percentiles(w io.Writer, s measure.Summary) {
	rows := [][]string{{"ms", "mean", "min", "p50", "p90", "p95", "p99", "p99.9", "max"}}
	add := func(name string, s measure.Stats) {
		if s.Count == 0 {
			return
		}
		row := []string{name}
		for _, d := range []time.Duration{s.Mean, s.Min, s.P50, s.P90, s.P95, s.P99, s.P999, s.Max} {
			row = append(row, decimals(d))
		}
		rows = append(rows, row)
	}
	add("ts_diff", s.TSDiff)
	add("latency", s.Latency)
	add("sent late by", s.Lag)
	if len(rows) == 1 {
		return
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%-12s", row[0])
		for i := 1; i < len(row); i++ {
			width := 7
			for _, other := range rows {
				width = max(width, len(other[i]))
			}
			fmt.Fprintf(w, " %*s", width, row[i])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}

func facts(w io.Writer, s measure.Summary) {
	fact := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-12s  %s\n", name, text)
		}
	}
	fact("requests", counts(s))
	fact("window", window(s.Window))
	if s.InFlight.Sampled != nil {
		fact("in flight", fmt.Sprintf("%.1f on average; requests/s x mean latency: %.1f", *s.InFlight.Sampled, *s.InFlight.Derived))
	}
	fact("cpu", processors(s.CPU))
	if s.B != nil {
		fact("B", fmt.Sprintf("AI workers %.0f %% busy, batches %.0f %% full", s.B.AIBusyPercent, s.B.BatchFillPercent))
	}
}

func causes(w io.Writer, t *measure.Totals) {
	all := t.Causes()
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\nerrors")
	for _, c := range all {
		fmt.Fprintf(w, "%8d  %s: %s\n          for example: %s\n", c.Count, words(c.Outcome), c.Name, c.Example)
	}
}

// decimals formats milliseconds with the precision of the JSON report.
func decimals(d time.Duration) string { return fmt.Sprintf("%.3f", inMillis(d)) }

func counts(s measure.Summary) string {
	parts := []string{fmt.Sprintf("sent %d", s.Totals.Sent()), fmt.Sprintf("ok %d", s.Totals.Outcomes[measure.OK])}
	return strings.Join(append(parts, notOK(s.Totals.Outcomes, s.Dropped)...), ", ")
}

// notOK lists the outcomes other than ok.
func notOK(outcomes measure.Counts, dropped int64) []string {
	var parts []string
	for o, n := range outcomes {
		if n > 0 && measure.Outcome(o) != measure.OK {
			parts = append(parts, fmt.Sprintf("%s %d", words(measure.Outcome(o)), n))
		}
	}
	if dropped > 0 {
		parts = append(parts, fmt.Sprintf("dropped %d", dropped))
	}
	return parts
}

func words(o measure.Outcome) string { return strings.ReplaceAll(o.String(), "_", " ") }

func window(w measure.Window) string {
	end := "sending stopped"
	if !w.Steady {
		end = "the last ok reply"
	}
	return fmt.Sprintf("%d ok replies in %.3f s, until %s", w.OK, w.Length.Seconds(), end)
}

func processors(cpu measure.CPU) string {
	var parts []string
	add := func(format string, v *float64) {
		if v != nil {
			parts = append(parts, fmt.Sprintf(format, *v))
		}
	}
	add("A %.2f cores", cpu.ACores)
	add("%.1f us per request", cpu.AMicrosPerReq)
	add("B %.2f cores", cpu.BCores)
	add("host %.1f %% busy", cpu.HostBusyPercent)
	return strings.Join(parts, ", ")
}
