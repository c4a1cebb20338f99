package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// A report whose verdict has no words is INVALID all the same.
func TestMergeOfAVerdictWithoutWords(t *testing.T) {
	for _, reasons := range [][]string{nil, {}, {""}, {"", ""}} {
		path := stored(t, t.TempDir(), 0, func(s *measure.Summary) { s.Verdict = measure.Verdict{Limit: measure.LimitNone, Reasons: reasons} })
		m := merged(t, path)
		if out := text(t, m); m.Verdict.Valid || len(m.Verdict.Reasons) == 0 || !strings.HasPrefix(out, "INVALID: A #1") {
			t.Errorf("reasons %q: verdict is %+v, text is\n%.80s", reasons, m.Verdict, out)
		}
	}
}

// A run given twice is refused, even if another run that started in the same moment has a name between the two.
func TestMergeOfARunUnderDistantNames(t *testing.T) {
	dir := t.TempDir()
	one := stored(t, dir, 0, nil)
	other := stored(t, dir, 0, func(s *measure.Summary) { s.Dropped = 7 })
	for name, from := range map[string]string{"a.json": one, "b.json": other, "c.json": one} {
		body, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	if m, err := Merge([]string{path("a.json"), path("b.json"), path("c.json")}); err == nil {
		t.Errorf("%d runs are merged, want a.json and c.json refused as the same", len(m.Parts))
	}
	if err := os.Symlink(path("a.json"), path("z.json")); err == nil {
		if _, err := Merge([]string{path("a.json"), path("z.json")}); err == nil {
			t.Error("a link to the same file is merged with it")
		}
	}
}

// A merged report of one run has as many restarts as the run.
func TestMergeKeepsRestarts(t *testing.T) {
	path := stored(t, t.TempDir(), 0, func(s *measure.Summary) {
		for _, at := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
			s.Timeline.Add(measure.Change{Kind: measure.Restarted, At: s.Started.Add(at), Length: time.Second / 2, What: "b restarted"})
		}
	})
	m := merged(t, path)
	into, err := m.WriteJSON(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(into)
	if err != nil {
		t.Fatal(err)
	}
	var d struct{ B struct{ Restarts int } }
	if err := json.Unmarshal(body, &d); err != nil || d.B.Restarts != 3 {
		t.Errorf("%d restarts (%v), want 3 as in the run", d.B.Restarts, err)
	}
}
