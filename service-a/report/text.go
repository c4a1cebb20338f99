package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"batchlab/service-a/measure"
)

// Text prints what is wrong with the run, the five figures of the original experiment, one "name: value" per line, the
// verdict, and the rest.
func Text(w io.Writer, s measure.Summary) error {
	var b strings.Builder
	warning(&b, s)
	five(&b, s)
	b.WriteString("\n")
	verdict(&b, s.Verdict)
	b.WriteString("\n")
	percentiles(&b, s)
	facts(&b, s)
	changes(&b, s)
	causes(&b, s.Totals.Causes())
	runs(&b, s)
	_, err := io.WriteString(w, b.String())
	return err
}

// warning comes first, so that nobody reads the figures without it.
func warning(w io.Writer, s measure.Summary) {
	if !s.Verdict.Valid {
		fmt.Fprintln(w, wrap("INVALID: "+firstFinding(s.Verdict), "  "))
	}
	for _, g := range s.Goals {
		if !g.Kept {
			fmt.Fprintln(w, wrap("GOAL MISSED: "+g.Finding, "  "))
		}
	}
}

// firstFinding leaves out the advice, which stands beside the verdict. In a merged run, "A #2: " comes first.
func firstFinding(v measure.Verdict) string {
	reason, who := v.Reasons[0], ""
	if strings.HasPrefix(reason, "A #") {
		name, rest, _ := strings.Cut(reason, ": ")
		who, reason = name+": ", rest
	}
	finding, _, _ := strings.Cut(reason, ": ")
	return who + finding
}

func five(w io.Writer, s measure.Summary) {
	fmt.Fprintf(w, "total time: %s ms\n", millis(s.TotalTime))
	fmt.Fprintf(w, "succeeded: %d\n", s.Totals.Outcomes[measure.OK])
	fmt.Fprintf(w, "failed: %d\n", s.Totals.NotOK())
	mean := "none"
	if s.Totals.TSDiff.Count() > 0 {
		mean = decimals(s.Totals.TSDiff.Mean()) + " ms"
	}
	fmt.Fprintf(w, "mean ts_diff: %s\n", mean)
	fmt.Fprintf(w, "QPS: %.1f\n", s.QPS)
}

func verdict(w io.Writer, v measure.Verdict) {
	fmt.Fprintf(w, "verdict: %s, limit: %s\n", word(v), v.Limit)
	for _, reason := range v.Reasons {
		fmt.Fprintf(w, "  - %s\n", wrap(reason, "    "))
	}
}

func word(v measure.Verdict) string {
	if v.Valid {
		return "valid"
	}
	return "INVALID"
}

const lineWidth = 79 // columns, so that lines fit a terminal of 80

// wrap breaks text between words, but not before a percent sign.
func wrap(text, indent string) string {
	var b strings.Builder
	used := len(indent) - 1
	const glue = "\u00a0"
	for word := range strings.SplitSeq(strings.ReplaceAll(text, " %", glue+"%"), " ") {
		separator := " "
		if used += 1 + utf8.RuneCountInString(word); used > lineWidth {
			separator, used = "\n"+indent, len(indent)+utf8.RuneCountInString(word)
		}
		b.WriteString(separator + word)
	}
	return strings.ReplaceAll(strings.TrimPrefix(b.String(), " "), glue, " ")
}

// percentiles prints a table with columns as wide as their widest entry.
func percentiles(w io.Writer, s measure.Summary) {
	var rows [][]string
	add := func(name string, h *measure.Histogram) {
		head, row := []string{"ms"}, []string{name}
		for figure, d := range h.Figures() {
			head, row = append(head, figure), append(row, decimals(d))
		}
		if h.Count() > 0 && rows == nil {
			rows = [][]string{head}
		}
		if h.Count() > 0 {
			rows = append(rows, row)
		}
	}
	add("ts_diff", &s.Totals.TSDiff)
	add("latency", &s.Totals.Latency)
	add("sent late by", &s.Totals.Lag)
	if rows == nil {
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
	fact := func(name string, parts ...string) {
		if len(parts) > 0 {
			fmt.Fprintf(w, "%-12s  %s\n", name, list(parts))
		}
	}
	fact("requests", slices.Insert(outcomes(s.Totals.Outcomes, s.Dropped, s.Unconnected), 0, fmt.Sprintf("sent %d", s.Totals.Sent()))...)
	end := map[bool]string{true: "sending stopped", false: "the last ok reply"}[s.Window.Steady]
	fact("window", fmt.Sprintf("%d ok replies in %.3f s, until %s", s.Window.OK, s.Window.Length.Seconds(), end))
	if f := s.InFlight; f.Sampled != nil {
		fact("in flight", fmt.Sprintf("%.1f sampled, %.1f by Little's law (requests/s x mean latency)", *f.Sampled, *f.Derived))
	}
	fact("cpu", cpuFacts(s.CPU)...)
	if s.B != nil {
		fact("B", fmt.Sprintf("AI workers %.0f %% busy", s.B.AIBusyPercent), fill(s.B))
	}
}

// fill is more than 0 if any batch ran.
func fill(b *measure.Between) string {
	if b.BatchFillPercent == 0 {
		return "no batch ran"
	}
	return fmt.Sprintf("batches %.0f %% full", b.BatchFillPercent)
}

// cpuFacts leaves out what is unknown. It shows steal only where there is some.
func cpuFacts(cpu measure.CPU) []string {
	host := known("host %.1f %% busy", cpu.HostBusyPercent, 1)
	if cpu.HostCores != nil && host != nil {
		host[0] += fmt.Sprintf(" (%g cores)", *cpu.HostCores)
	}
	return slices.Concat(known("A %.2f cores", cpu.ACores, 1), known("%.1f us per request", cpu.AMicrosPerReq, 1),
		known("B %.2f cores", cpu.BCores, 1), known("others %.2f cores", cpu.OthersCores, 1), host, steal(cpu, "steal %.1f %%"))
}

// indent is the width of the facts' names.
const indent = 14

// list joins parts with commas. It breaks lines that do not fit a terminal of 80 columns, but no part.
func list(parts []string) string {
	var b strings.Builder
	used := indent
	for i, part := range parts {
		separator := ", "
		switch used += 2 + utf8.RuneCountInString(part); {
		case i == 0:
			separator = ""
		case used > lineWidth:
			separator, used = ",\n"+strings.Repeat(" ", indent), indent+utf8.RuneCountInString(part)
		}
		b.WriteString(separator + part)
	}
	return b.String()
}

func causes(w io.Writer, all []measure.Cause) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\nerrors")
	for _, c := range all {
		fmt.Fprintf(w, "%8d  %s: %s\n          for example: %s\n", c.Count, words(c.Outcome), c.Name, c.Example)
	}
}

// decimals formats milliseconds as the JSON report has them.
func decimals(d time.Duration) string {
	return fmt.Sprintf("%.3f", inMillis(d.Round(time.Microsecond)))
}
