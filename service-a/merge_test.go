package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/report"
)

// storedRun writes the report of a run of ten seconds.
func storedRun(t *testing.T, dir string, change func(s *measure.Summary)) string {
	t.Helper()
	r := measure.NewRecorder(1, false)
	for range 100 {
		r.Record(0, measure.Sample{Outcome: measure.OK, End: 2 * time.Millisecond, TSDiff: time.Millisecond, InWindow: true})
	}
	s := measure.Summarize(measure.Run{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), WindowEnded: 10 * time.Second, Finished: 10 * time.Second, Totals: r.Totals(), Warmup: &measure.Totals{},
	}, nil, measure.Conditions{})
	if change != nil {
		change(&s)
	}
	path, err := report.WriteJSON(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMergeExitStatus(t *testing.T) {
	dir := t.TempDir()
	first := storedRun(t, dir, nil)
	second := storedRun(t, t.TempDir(), func(s *measure.Summary) { s.Started = s.Started.Add(time.Millisecond) })
	invalid := storedRun(t, t.TempDir(), func(s *measure.Summary) {
		s.Verdict = measure.Verdict{Limit: measure.LimitGenerator, Reasons: []string{"late"}}
	})
	failed := storedRun(t, t.TempDir(), func(s *measure.Summary) {
		s.Totals = &measure.Totals{Outcomes: measure.Counts{measure.Failed: 5}}
		s.Window = s.Run.Window()
	})
	later := storedRun(t, t.TempDir(), func(s *measure.Summary) { s.Started = s.Started.Add(2 * time.Second) })
	whole, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	truncated := filepath.Join(t.TempDir(), "run-1.json")
	if err := os.WriteFile(truncated, whole[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		want   int
		stdout string
		stderr string
	}{
		{"none", nil, 2, "", "usage: service-a [healthcheck | merge REPORT...]"},
		{"one", []string{first}, 0, "succeeded: 100\n", ""},
		{"two", []string{first, second}, 0, "succeeded: 200\n", ""},
		{"a directory", []string{dir}, 0, "succeeded: 100\n", ""},
		{"an empty directory", []string{t.TempDir()}, 2, "", "has no report of a run"},
		{"one INVALID", []string{second, invalid}, 3, "verdict: INVALID", ""},
		{"at different times", []string{first, later}, 3, "all As were sending at once for 8.000 s", ""},
		{"nothing succeeded", []string{failed}, 1, "succeeded: 0\n", ""},
		{"missing", []string{first, filepath.Join(dir, "gone.json")}, 2, "", "gone.json: no such file"},
		{"truncated", []string{truncated}, 2, "", truncated + ": not a report: unexpected end of JSON input"},
		{"twice", []string{first, first}, 2, "", "have the same run: give it once"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab()
			if got := l.run(t.Context(), append([]string{"merge"}, tt.args...)...); got != tt.want {
				t.Errorf("exit status %d, want %d", got, tt.want)
			}
			if out := l.stdout.String(); !strings.Contains(out, tt.stdout) || tt.stdout == "" && out != "" {
				t.Errorf("stdout = %q, want %q", out, tt.stdout)
			}
			if out := l.stderr.String(); !strings.Contains(out, tt.stderr) || tt.stderr == "" && out != "" {
				t.Errorf("stderr = %q, want %q", out, tt.stderr)
			}
		})
	}
}

// Two As load one server at the same time. Merged, they are what the server counted, and a report of its own.
func TestMergeOfTwoRuns(t *testing.T) {
	target, dir := start(t, serve), t.TempDir()
	labs := []*lab{}
	done := make(chan int)
	for range 2 {
		l := newLab("TARGET_URL="+target, "REQUESTS=500", "CONCURRENCY=5", "REPORT_DIR="+dir)
		labs = append(labs, l)
		go func() { done <- l.run(context.WithoutCancel(t.Context())) }()
	}
	for range labs {
		if status := <-done; status != exitOK && status != exitInvalid {
			t.Fatalf("exit status %d: %s%s", status, labs[0].stderr.String(), labs[1].stderr.String())
		}
	}
	l := newLab("REPORT_DIR="+dir, "REPORT_URL=http://localhost:5250", "AFTER_RUN=serve") // but merge serves nothing
	args := []string{"merge"}
	for _, a := range labs {
		args = append(args, a.stdout.value("report"))
	}
	if status := l.run(t.Context(), args...); status != exitOK && status != exitInvalid { // their windows may differ
		t.Fatalf("merge: exit status %d: %s", status, l.stderr.String())
	}
	if got := l.stdout.value("succeeded"); got != "1000" {
		t.Errorf("succeeded: %s, want 1000:\n%s", got, l.stdout.String())
	}
	body, err := os.ReadFile(l.stdout.value("report"))
	if err != nil {
		t.Fatalf("report: %s (%v)", l.stdout.value("report"), err)
	}
	var d struct {
		Version    string `json:"version"`
		QPS        float64
		Requests   map[string]int64
		Histograms map[string]*struct{ Count int64 }
		Runs       []struct{ QPS float64 }
	}
	if err := json.Unmarshal(body, &d); err != nil || d.Requests["ok"] != 1000 || d.Histograms["latency"].Count != 1000 || len(d.Runs) != 2 {
		t.Fatalf("report has %+v (%v)", d, err)
	}
	if sum := d.Runs[0].QPS + d.Runs[1].QPS; strconv.FormatFloat(d.QPS, 'f', 6, 64) != strconv.FormatFloat(sum, 'f', 6, 64) {
		t.Errorf("QPS %v, want %v, the sum", d.QPS, sum)
	}
	if d.Version == "" {
		t.Error("the report does not say which version of A wrote it")
	}
}
