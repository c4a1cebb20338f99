package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// stored writes a run that started at that offset, and returns its path.
func stored(t *testing.T, dir string, offset time.Duration, change func(s *measure.Summary)) string {
	t.Helper()
	s := full()
	s.Started = s.Started.Add(offset)
	if change != nil {
		change(&s)
	}
	path, err := WriteJSON(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func merged(t *testing.T, paths ...string) Merged {
	t.Helper()
	m, err := Merge(paths)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// text is what merge prints.
func text(t *testing.T, m Merged) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMerged(t *testing.T) {
	dir := t.TempDir()
	second := func(s *measure.Summary) {
		s.Config = []measure.Setting{{Name: "CONCURRENCY", Value: 100}, {Name: "REQUEST_TIMEOUT", Value: "3s"}, {Name: "GOAL", Value: "<1%"}}
		s.Verdict = measure.Verdict{Limit: measure.LimitGenerator, Reasons: []string{"service-a used 1.9 of the 2 cores"}}
	}
	m := merged(t, stored(t, dir, 0, nil), stored(t, dir, 300*time.Millisecond, second))
	golden(t, "merged.txt", []byte(text(t, m)))
	path, err := m.WriteJSON(dir)
	if err != nil || filepath.Base(path) != "merged-20260102T030405.678Z.json" {
		t.Fatalf("merged report is %q (%v)", path, err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "merged.json", withoutBuckets(body))
	if again, err := m.WriteJSON(dir); err != nil || filepath.Base(again) != "merged-20260102T030405.678Z-2.json" {
		t.Errorf("merged again is %q (%v), want a name of its own", again, err)
	}
}

// A report that was read prints the same, and merging one changes nothing.
func TestMergeOfOneReport(t *testing.T) {
	for name, s := range map[string]measure.Summary{"full": full(), "open": open(), "unsteady": unsteady(), "changed": changed()} {
		s.Goals = nil // the caller sets those of the merged run
		path, err := WriteJSON(t.TempDir(), s)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := Text(&want, s); err != nil {
			t.Fatal(err)
		}
		got, rest, _ := strings.Cut(text(t, merged(t, path)), "\nruns ")
		if got != want.String() || !strings.Contains(rest, filepath.Base(path)) {
			t.Errorf("%s: merged is\n%s\nwant\n%s", name, got, want.String())
		}
	}
}

// unsteady is a run whose requests were all sent at once.
func unsteady() measure.Summary {
	r := measure.NewRecorder(1, false)
	for i := range 10 {
		r.Record(0, measure.Sample{Outcome: measure.OK, End: time.Duration(i+1)*time.Millisecond + 1, TSDiff: time.Millisecond})
	}
	return measure.Summarize(measure.Run{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 1, time.UTC), WindowEnded: time.Microsecond, Finished: 12 * time.Millisecond,
		Totals: r.Totals(), Warmup: &measure.Totals{InWindow: 1},
	}, nil, measure.Conditions{})
}

// However runs are grouped and ordered, the merged report is the same to the byte.
func TestMergeIsAssociative(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	dir := t.TempDir()
	var paths []string
	for i := range 4 {
		paths = append(paths, stored(t, dir, time.Duration(i)*30*time.Millisecond, func(s *measure.Summary) {
			r := measure.NewRecorder(1, false)
			for range 500 {
				d := time.Duration(rng.ExpFloat64() * 1e8)
				r.Record(0, measure.Sample{Outcome: measure.OK, End: d + 1, TSDiff: d, InWindow: true})
			}
			s.Totals = r.Totals()
			s.Window = s.Run.Window()
			s.CPU.ACores = new(rng.Float64())
		}))
	}
	write := func(paths ...string) string {
		t.Helper()
		path, err := merged(t, paths...).WriteJSON(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	want, err := os.ReadFile(write(paths...))
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"in another order":   write(paths[3], paths[1], paths[0], paths[2]),
		"pairs":              write(write(paths[0], paths[1]), write(paths[2], paths[3])),
		"one after another":  write(write(write(paths[2], paths[0]), paths[3]), paths[1]),
		"merged, of one":     write(write(paths...)),
		"mixed with reports": write(paths[3], write(paths[1], paths[2]), paths[0]),
	} {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: another report (%v)", name, err)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	dir := t.TempDir()
	good := stored(t, dir, 0, nil)
	body, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	both, err := merged(t, good, stored(t, dir, time.Second, nil)).WriteJSON(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, replacement string) string {
		t.Helper()
		edited := strings.Replace(string(body), old, replacement, 1)
		if edited == string(body) {
			t.Fatalf("the report has no %s", old)
		}
		return edited
	}
	without := func(field string) string {
		var d map[string]any
		if err := json.Unmarshal(body, &d); err != nil {
			t.Fatal(err)
		}
		delete(d, field)
		less, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return string(less)
	}
	tests := []struct{ name, body, want string }{
		{"empty", "", "not a report: unexpected end of JSON input"},
		{"truncated", string(body[:len(body)/2]), "not a report: unexpected end of JSON input"},
		{"not JSON", "total time: 5 ms", "not a report: invalid character"},
		{"a list", "[1]", "not a report: json: cannot unmarshal array"},
		{"null", "null", `schema is missing; allowed: "batchlab/run/v2" or "batchlab/merged/v1"`},
		{"another program's", `{"qps": 5}`, `schema is missing; allowed:`},
		{"a later schema", edit(schemaRun, "batchlab/run/v3"), `schema is "batchlab/run/v3"; allowed: "batchlab/run/v2"`},
		{"a number as schema", edit(`"`+schemaRun+`"`, "1"), `schema is "1"; allowed: "batchlab/run/v2"`},
		{"an older report", without("histograms"), "histograms is missing (percentiles are computed from it): the report was written by an older service-a"},
		{"no window", without("window"), "window is missing (windows are compared)"},
		{"null counts", edit(`"counts": {`, `"counts": null, "x": {`), "counts is missing"},
		{"a text as count", edit(`"sent": 1020`, `"sent": "many"`), "requests is a string; allowed: a whole number"},
		{"a negative count", edit(`"busy": 12`, `"busy": -1`), "requests.busy is -1; allowed: a whole number from 0 to 9007199254740992"},
		{"another sum", edit(`"sent": 1020`, `"sent": 1021`), "requests.sent is 1021; allowed: 1020, as the other counts have it"},
		{"more ok than latencies", edit(`"skewed": 0`, `"skewed": 1`), "histograms.ts_diff.count is 1000; allowed: 999"},
		{"another duration", edit(`"duration_s": 10`, `"duration_s": 11`), "duration_s is 11 with 950 ok replies; allowed: 10 with 950"},
		{"centuries", edit(`"end_s": 10`, `"end_s": 1e10`), "window.end_s is 1e+10; allowed: a number from 0 to 4000000000"},
		{"a setting that is a list", edit(`"concurrency": 127`, `"concurrency": [127]`), "config.concurrency is [127]; allowed: a string"},
		{"no start", edit(`2026-01-02T03:04:05.678Z`, `0001-01-01T00:00:00Z`), "started is 0001-01-01T00:00:00Z; allowed: a time since the year 2000"},
		{"no time", edit(`2026-01-02T03:04:05.678Z`, `noon`), "parsing time"},
		{"an unknown outcome", edit(`"outcome": "busy"`, `"outcome": "tired"`), `outcome is "tired"; allowed: ok, busy,`},
		{"broken buckets", edit(`"hdr_us": "HISTF`, `"hdr_us": "XISTF`), "histograms.ts_diff: hdr_us: "},
		{"merged of nothing", `{"schema": "batchlab/merged/v1"}`, "runs has 0 entries; allowed: 1 to 200"},
		{"merged of something else", `{"schema": "batchlab/merged/v1", "runs": [{"file": "x", "report": {}}]}`, "runs[0]: started is missing"},
		{"merged of too many", `{"schema": "batchlab/merged/v1", "runs": [` + strings.Repeat(`{},`, 200) + `{}]}`, "runs has 201 entries"},
	}
	for _, tt := range tests {
		path := filepath.Join(dir, "bad.json")
		if err := os.WriteFile(path, []byte(tt.body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Merge([]string{good, path}); err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %s: ... %s", tt.name, err, path, tt.want)
		}
	}
	for want, paths := range map[string][]string{
		"have the same run: give it once": {good, good}, both + " have the same run": {good, both}, "no such file": {good, filepath.Join(dir, "gone.json")},
	} {
		if _, err := Merge(paths); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %s", paths, err, want)
		}
	}
}

// Sums must not wrap around.
func TestMergeRefusesCenturies(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for i := range 3 {
		paths = append(paths, stored(t, dir, time.Duration(i), func(s *measure.Summary) {
			s.Totals.TimeInWindow = 3_500_000_000 * time.Second
		}))
	}
	if _, err := Merge(paths); err == nil || !strings.Contains(err.Error(), "add up to more than 292 years") {
		t.Errorf("error %v", err)
	}
}

// A directory stands for its latest run and those that overlap it.
func TestMergeOfADirectory(t *testing.T) {
	dir := t.TempDir()
	if _, err := Merge([]string{dir}); err == nil || !strings.Contains(err.Error(), "has no report of a run; allowed: run-*.json") {
		t.Errorf("empty directory: %v", err)
	}
	stored(t, dir, -time.Hour, nil)
	if out := text(t, merged(t, dir)); !strings.Contains(out, "runs          only one, so nothing was added up\n") {
		t.Errorf("the text does not say that there was nothing to merge:\n%s", out)
	}
	for _, offset := range []time.Duration{-11 * time.Second, 0, 200 * time.Millisecond} {
		stored(t, dir, offset, nil)
	}
	for name, body := range map[string]string{"run-broken.json": "{", "notes.json": "{", "run-3.txt": "{", ".run-4.json": "{"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := merged(t, dir).WriteJSON(dir); err != nil { // not read the next time
		t.Fatal(err)
	}
	m := merged(t, dir)
	var files []string
	for _, p := range m.Parts {
		files = append(files, p.File)
	}
	if got := fmt.Sprint(files); got != "[run-20260102T030405.678Z.json run-20260102T030405.878Z.json]" {
		t.Errorf("merged are %s", got)
	}
	if len(m.leftOut) != 2 || m.leftOut[0] != "2 earlier runs in "+dir+", which do not overlap the latest" || !strings.Contains(m.leftOut[1], "run-broken.json: not a report") {
		t.Errorf("left out: %q", m.leftOut)
	}
	if out := strings.Join(strings.Fields(text(t, m)), " "); !strings.Contains(out, "runs 2, all sending at once for ") || !strings.Contains(out, "left out: 2 earlier runs in") {
		t.Errorf("the text does not say what was left out:\n%s", out)
	}
}

// An older service-a beside a new one is no reason to leave its run out silently.
func TestMergeOfADirectoryNamesOldReports(t *testing.T) {
	dir := t.TempDir()
	stored(t, dir, 0, nil)
	old := `{"schema": "batchlab/run/v1", "started": "2026-01-02T03:04:05.7Z", "duration_s": 10}`
	if err := os.WriteFile(filepath.Join(dir, "run-old.json"), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Merge([]string{dir}); err == nil || !strings.Contains(err.Error(), `run-old.json: schema is "batchlab/run/v1"; allowed: "batchlab/run/v2"`) {
		t.Errorf("error %v", err)
	}
}

func FuzzMerge(f *testing.F) {
	for _, s := range []measure.Summary{full(), open(), unsteady(), changed()} {
		body, err := json.Marshal(documentOf(s))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
		f.Add(fmt.Appendf(nil, `{"schema": %q, "runs": [{"file": "run-1.json", "report": %s}]}`, schemaMerged, body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sources, err := sourcesIn("run.json", body)
		if err != nil {
			return
		}
		var parts []measure.Part
		for _, s := range sources {
			parts = append(parts, s.part)
		}
		if tooLong(parts) != nil {
			return
		}
		m := Merged{Merged: measure.Merge(parts), reports: sources}
		if err := m.Text(&bytes.Buffer{}); err != nil {
			t.Error(err)
		}
	})
}
