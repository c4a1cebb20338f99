package report

import (
	"bytes"
	"encoding/json"
	"fmt"
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

func merged(t *testing.T, paths ...string) measure.Summary {
	t.Helper()
	m, err := Merge(paths)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// text is what merge prints.
func text(t *testing.T, m measure.Summary) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, m); err != nil {
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
	path, err := WriteJSON(dir, m)
	if err != nil || filepath.Base(path) != "merged-20260102T030405.678Z.json" {
		t.Fatalf("merged report is %q (%v)", path, err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "merged.json", withoutBuckets(body))
	if again, err := WriteJSON(dir, m); err != nil || filepath.Base(again) != "merged-20260102T030405.678Z-2.json" {
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
		got, rest, _ := strings.Cut(text(t, merged(t, path)), "\nruns  ")
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

func TestMergeRefuses(t *testing.T) {
	dir := t.TempDir()
	good := stored(t, dir, 0, nil)
	body, err := os.ReadFile(good)
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
		{"null", "null", `schema is ""; allowed: "batchlab/run/v2"`},
		{"another program's", `{"qps": 5}`, `schema is ""; allowed:`},
		{"a later schema", edit(schemaRun, "batchlab/run/v3"), `schema is "batchlab/run/v3"; allowed: "batchlab/run/v2"`},
		{"a merged report", edit(schemaRun, schemaMerged), `schema is "batchlab/merged/v1"; allowed: "batchlab/run/v2", the report of one run`},
		{"an older report", without("histograms"), "histograms.latency.count is 0; allowed: 1000"},
		{"no counts", without("requests"), "histograms.latency.count is 1000; allowed: 0"},
		{"no verdict", without("verdict"), "verdict {Valid:false Limit: Reasons:[]}; allowed: those of a run"},
		{"no start", without("started"), "started is 0001-01-01"},
		{"a text as count", edit(`"sent": 1020`, `"sent": "many"`), "cannot unmarshal string into Go struct field document.requests of type int64"},
		{"a negative count", edit(`"busy": 12`, `"busy": -1`), "requests.sent is 1020; allowed: 1007, as the other counts have it"},
		{"another sum", edit(`"sent": 1020`, `"sent": 1021`), "requests.sent is 1021; allowed: 1020, as the other counts have it"},
		{"more ok than latencies", edit(`"skewed": 0`, `"skewed": 1`), "histograms.ts_diff.count is 1000; allowed: 999"},
		{"no time", edit(`2026-01-02T03:04:05.678Z`, `noon`), "parsing time"},
		{"an unknown outcome", edit(`"outcome": "busy"`, `"outcome": "tired"`), `outcome is "tired"; allowed: ok, busy,`},
		{"broken buckets", edit(`"hdr_us": "HISTF`, `"hdr_us": "XISTF`), `hdr_us is "XISTF`},
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
		"have the same run: give it once": {good, good}, "no such file": {good, filepath.Join(dir, "gone.json")},
	} {
		if _, err := Merge(paths); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %s", paths, err, want)
		}
	}
}

// A verdict that is INVALID without words says nothing, so the report was edited.
func TestMergeRefusesAVerdictWithoutWords(t *testing.T) {
	for _, reasons := range [][]string{nil, {}, {""}, {"", ""}} {
		path := stored(t, t.TempDir(), 0, func(s *measure.Summary) { s.Verdict = measure.Verdict{Limit: measure.LimitNone, Reasons: reasons} })
		if _, err := Merge([]string{path}); err == nil || !strings.Contains(err.Error(), "verdict {Valid:false Limit:none Reasons:[]}; allowed: those of a run") {
			t.Errorf("reasons %q: error %v", reasons, err)
		}
	}
}

// A merged report of one run has as many restarts as the run, even in a row.
func TestMergeKeepsRestarts(t *testing.T) {
	path := stored(t, t.TempDir(), 0, func(s *measure.Summary) {
		for _, at := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
			s.Timeline.Add(measure.Change{Kind: measure.Restarted, At: s.Started.Add(at), Length: time.Second / 2, What: "b restarted"})
		}
	})
	if n := merged(t, path).Timeline.Restarts(); n != 3 {
		t.Errorf("%d restarts, want 3 as in the run", n)
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
	for name, body := range map[string]string{"run-2025.json": "older ones are not read", "notes.json": "{", "run-3.txt": "{", ".run-4.json": "{"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := WriteJSON(dir, merged(t, dir)); err != nil { // not read the next time
		t.Fatal(err)
	}
	var files []string
	for _, r := range merged(t, dir).Runs {
		files = append(files, r.File)
	}
	if got := fmt.Sprint(files); got != "[run-20260102T030405.878Z.json run-20260102T030405.678Z.json]" {
		t.Errorf("merged are %s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "run-2027.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Merge([]string{dir}); err == nil || !strings.Contains(err.Error(), "run-2027.json: not a report") {
		t.Errorf("a broken report after them: %v", err)
	}
}

// Two As may start in the same moment.
func TestMergeOfRunsThatStartTogether(t *testing.T) {
	other := stored(t, t.TempDir(), 0, func(s *measure.Summary) { s.Totals = open().Totals })
	if m := merged(t, stored(t, t.TempDir(), 0, nil), other); m.Totals.Outcomes[measure.OK] != 6000 {
		t.Errorf("%d ok, want 1000 of one and 5000 of the other", m.Totals.Outcomes[measure.OK])
	}
}

func FuzzMerge(f *testing.F) {
	for _, s := range []measure.Summary{full(), open(), unsteady(), changed()} {
		body, err := json.Marshal(documentOf(s))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if s, err := decode(body); err == nil {
			text(t, measure.Merge([]measure.Summary{s}))
		}
	})
}
