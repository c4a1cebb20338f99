package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"batchlab/service-a/measure"
)

const (
	maxRuns = 200      // whose histograms take 100 MB
	maxFile = 64 << 20 // bytes
)

// Merged is the report of several service As that ran at the same time.
type Merged struct {
	measure.Merged
	reports []source
	leftOut []string // sentences about files in a directory that were not merged
}

// source is one report of one run.
type source struct {
	path   string // of the file it was read from
	report json.RawMessage
	part   measure.Part
}

// Merge reads reports and merges their runs. A report that is already merged stands for its runs. A directory
// stands for its latest run and the runs that overlap it. The order of the paths does not matter.
func Merge(paths []string) (m Merged, err error) {
	for _, path := range paths {
		sources, leftOut, err := read(path)
		if err != nil {
			return m, err
		}
		m.reports, m.leftOut = append(m.reports, sources...), append(m.leftOut, leftOut...)
		if len(m.reports) > maxRuns {
			return m, fmt.Errorf("%d runs; allowed: at most %d", len(m.reports), maxRuns)
		}
	}
	slices.SortStableFunc(m.reports, func(a, b source) int {
		return cmp.Or(a.part.Started.Compare(b.part.Started), bytes.Compare(a.report, b.report), cmp.Compare(a.part.File, b.part.File))
	})
	var parts []measure.Part
	for _, s := range m.reports {
		parts = append(parts, s.part)
	}
	if err := errors.Join(twice(m.reports), tooLong(parts)); err != nil {
		return m, err
	}
	m.Merged = measure.Merge(parts)
	return m, nil
}

// twice refuses a run that would count twice, whatever its files are called.
func twice(sources []source) error {
	for i := 1; i < len(sources); i++ {
		if a, b := sources[i-1], sources[i]; bytes.Equal(a.report, b.report) {
			return fmt.Errorf("%s and %s have the same run: give it once", a.path, b.path)
		}
	}
	return nil
}

// tooLong refuses durations whose sum no time.Duration holds, which is 292 years.
func tooLong(parts []measure.Part) error {
	var sum float64
	for _, p := range parts {
		sum += float64(max(p.Totals.Latency.Sum(), p.Totals.TSDiff.Sum(), p.Totals.Lag.Sum(), p.Totals.TimeInWindow))
	}
	if sum >= math.MaxInt64 {
		return errors.New("the latencies of these runs add up to more than 292 years: merge fewer of them")
	}
	return nil
}

func read(path string) (sources []source, leftOut []string, err error) {
	paths := []string{path}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		paths, leftOut, err = latest(path)
	}
	for _, path := range paths {
		if err != nil {
			break
		}
		var more []source
		more, err = readFile(path)
		sources = append(sources, more...)
	}
	return sources, leftOut, err
}

// readFile returns the runs of one report. Its errors name the file.
func readFile(path string) (sources []source, err error) {
	body, err := load(path)
	if err != nil {
		return nil, err
	}
	if sources, err = sourcesIn(filepath.Base(path), body); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i := range sources {
		sources[i].path = path
	}
	return sources, nil
}

func load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = fmt.Errorf("%s: more than %d MB; allowed: a report, which is smaller", path, maxFile>>20)
	}
	return body, err
}

// sourcesIn returns one run, or those of a merged report.
func sourcesIn(file string, body []byte) ([]source, error) {
	var head struct {
		Schema any   `json:"schema"`
		Runs   []run `json:"runs"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, fmt.Errorf("not a report: %w", err)
	}
	switch head.Schema {
	case schemaRun:
		head.Runs = []run{{file, body}}
	case schemaMerged:
	default:
		return nil, fmt.Errorf("schema is %s; allowed: %q or %q", quoted(head.Schema), schemaRun, schemaMerged)
	}
	if n := len(head.Runs); n == 0 || n > maxRuns {
		return nil, fmt.Errorf("runs has %d entries; allowed: 1 to %d", n, maxRuns)
	}
	var sources []source
	for i, r := range head.Runs {
		s, err := sourceOf(r)
		if err != nil && head.Schema == schemaMerged {
			err = fmt.Errorf("runs[%d]: %w", i, err)
		}
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	return sources, nil
}

func sourceOf(r run) (source, error) {
	var compact, escaped bytes.Buffer // as encoding/json writes it within a merged report
	if err := json.Compact(&compact, r.Report); err != nil {
		return source{}, fmt.Errorf("report: %w", err)
	}
	json.HTMLEscape(&escaped, compact.Bytes())
	summary, err := decode(r.Report)
	return source{report: escaped.Bytes(), part: measure.Part{File: filepath.Base(r.File), Summary: summary}}, err
}

func quoted(value any) string {
	if value == nil {
		return "missing"
	}
	return fmt.Sprintf("%q", fmt.Sprint(value))
}

// Text prints the merged run like any other, and then what each service A did.
func (m Merged) Text(w io.Writer) error {
	if err := Text(w, m.Summary); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nruns          %s\n", m.together())
	for i, p := range m.Parts {
		fmt.Fprintf(&b, "  A #%d  %s\n        QPS %.1f in %.3f s, %s, limit: %s\n", i+1, p.File, p.QPS, p.Window.Length.Seconds(), word(p.Verdict), p.Verdict.Limit)
	}
	for _, what := range m.leftOut {
		fmt.Fprintf(&b, "  left out: %s\n", wrap(what, "    "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// together says how long the runs overlap.
func (m Merged) together() string {
	if len(m.Parts) == 1 {
		return "only one, so nothing was added up"
	}
	return fmt.Sprintf("%d, all sending at once for %.3f s", len(m.Parts), m.Shared.Seconds())
}

// WriteJSON writes the merged report into dir and returns its path, like WriteJSON for one run.
func (m Merged) WriteJSON(dir string) (path string, err error) {
	d := documentOf(m.Summary)
	d.Schema, d.Window.SharedS = schemaMerged, new(m.Shared.Seconds())
	for _, s := range m.reports {
		d.Runs = append(d.Runs, run{s.part.File, s.report})
	}
	return write(dir, "merged-", d)
}
