package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"batchlab/service-a/measure"
)

// Merge reads reports of runs that several service As made at the same time, and merges them. A directory stands for
// its latest run and those right before it that overlap it.
func Merge(paths []string) (measure.Summary, error) {
	var runs []measure.Summary
	for _, path := range paths {
		more, err := readRuns(path)
		if err != nil {
			return measure.Summary{}, err
		}
		for _, r := range more {
			if i := slices.IndexFunc(runs, func(known measure.Summary) bool { return sameRun(known, r) }); i >= 0 {
				return measure.Summary{}, fmt.Errorf("%s and %s have the same run: give it once", runs[i].File, r.File)
			}
			runs = append(runs, r)
		}
	}
	return measure.Merge(runs), nil
}

// sameRun compares times in nanoseconds, which two runs do not share by chance.
func sameRun(a, b measure.Summary) bool {
	return a.Started.Equal(b.Started) && a.Totals.Latency.Sum() == b.Totals.Latency.Sum()
}

func readRuns(path string) (runs []measure.Summary, err error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		s, err := read(path)
		return []measure.Summary{s}, err
	}
	names, err := reports(path)
	slices.Sort(names) // by time
	for _, name := range slices.Backward(names) {
		if !strings.HasPrefix(name, "run-") {
			continue
		}
		s, err := read(filepath.Join(path, name))
		switch {
		case err != nil:
			return nil, err
		case len(runs) > 0 && !overlap(s, runs[0]):
			return runs, nil
		}
		runs = append(runs, s)
	}
	if err == nil && len(runs) == 0 {
		err = fmt.Errorf("%s has no report of a run; allowed: run-*.json, or a directory with some", path)
	}
	return runs, err
}

func overlap(a, b measure.Summary) bool {
	aBegan, aEnded := a.Span()
	bBegan, bEnded := b.Span()
	return aBegan.Before(bEnded) && bBegan.Before(aEnded)
}

// read returns the run in a report. Its errors name the file, the field, its value and what is allowed.
func read(path string) (measure.Summary, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return measure.Summary{}, err
	}
	s, err := decode(body)
	if err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	s.File = filepath.Base(path)
	return s, nil
}

func decode(body []byte) (s measure.Summary, err error) {
	var d document
	err = json.Unmarshal(body, &d)
	switch {
	case err != nil && d.Schema == "":
		return s, fmt.Errorf("not a report: %w", err)
	case d.Schema != schemaRun:
		return s, fmt.Errorf("schema is %q; allowed: %q, the report of one run", d.Schema, schemaRun)
	case err != nil:
		return s, err
	}
	d.Verdict.Reasons = slices.DeleteFunc(d.Verdict.Reasons, func(reason string) bool { return reason == "" }) // they say nothing
	s = d.summary()
	return s, d.check(s)
}

// check compares counts that a run has twice. They differ if a part of the report is missing or was edited.
func (d *document) check(s measure.Summary) error {
	ok := s.Totals.Outcomes[measure.OK]
	for _, c := range []struct {
		field     string
		got, want int64
	}{
		{"requests.sent", d.Requests["sent"], s.Totals.Sent()},
		{"histograms.latency.count", s.Totals.Latency.Count(), ok},
		{"histograms.ts_diff.count", s.Totals.TSDiff.Count(), ok - s.Totals.Skewed},
	} {
		if c.got != c.want {
			return fmt.Errorf("%s is %d; allowed: %d, as the other counts have it", c.field, c.got, c.want)
		}
	}
	if d.Started.IsZero() || d.Verdict.Limit == "" || !d.Verdict.Valid && len(d.Verdict.Reasons) == 0 {
		return fmt.Errorf("started is %s, and verdict %+v; allowed: those of a run", d.Started, d.Verdict)
	}
	return nil
}

// summary is the inverse of documentOf, as far as a merged run and its text need it.
func (d *document) summary() measure.Summary {
	t := &measure.Totals{Skewed: d.Counts.Skewed, TSDiff: d.Histograms.TSDiff.Histogram, Latency: d.Histograms.Latency.Histogram, Lag: d.Histograms.Lag.Histogram}
	for o := range t.Outcomes {
		t.Outcomes[o] = d.Requests[measure.Outcome(o).String()]
	}
	for _, cause := range d.Errors {
		t.AddCause(cause)
	}
	s := measure.Summary{
		Run: measure.Run{
			Started: d.Started, WindowBegan: seconds(d.Window.BeginS), WindowEnded: seconds(d.Window.EndS),
			Finished: seconds(d.Window.BeginS + d.TotalTimeS), ClockStep: seconds(d.ClockStepS),
			Totals: t, Warmup: &measure.Totals{}, Dropped: d.Requests["dropped"], Unconnected: d.Requests["dropped_no_connection"],
		},
		TotalTime: seconds(d.TotalTimeS), QPS: d.QPS,
		Window:   measure.Window{Length: seconds(d.DurationS), OK: d.OKInWindow, Answered: d.Counts.InWindow, Steady: d.Window.Steady},
		InFlight: d.InFlight, CPU: d.CPU, Verdict: d.Verdict, Goals: d.Goals, Origin: measure.Origin{Version: d.Version, Host: d.HostBootID},
	}
	s.Warmup.Outcomes[measure.OK] = d.Counts.Warmup // how they ended is not known
	d.B.addTo(&s)
	for _, name := range slices.Sorted(maps.Keys(d.Config)) {
		s.Config = append(s.Config, measure.Setting{Name: strings.ToUpper(name), Value: d.Config[name]})
	}
	return s
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }

// runs says what each service A of a merged run did.
func runs(w io.Writer, s measure.Summary) {
	switch n := len(s.Runs); n {
	case 0:
	case 1:
		fmt.Fprintln(w, "\nruns          only one, so nothing was added up")
	default:
		fmt.Fprintf(w, "\nruns          %d, all sending at once for %.3f s\n", n, s.Shared().Seconds())
	}
	for i, r := range s.Runs {
		fmt.Fprintf(w, "  A #%d  %s\n        QPS %.1f in %.3f s, %s, limit: %s\n", i+1, r.File, r.QPS, r.Window.Length.Seconds(), word(r.Verdict), r.Verdict.Limit)
	}
}
