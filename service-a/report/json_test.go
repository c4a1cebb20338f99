package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"batchlab/service-a/measure"
)

func TestWriteJSON(t *testing.T) {
	for name, s := range map[string]measure.Summary{"full.json": full(), "open.json": open(), "empty.json": empty(), "changed.json": changed()} {
		dir := t.TempDir()
		path, err := WriteJSON(dir, s)
		if err != nil {
			t.Fatal(err)
		}
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, withoutBuckets(body))
		if !json.Valid(body) {
			t.Errorf("%s is not JSON", name)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("%d files in the report directory, want the report alone (%v)", len(entries), err)
		}
	}
}

// withoutBuckets makes a report comparable: another version of Go may compress the buckets otherwise.
func withoutBuckets(body []byte) []byte {
	return regexp.MustCompile(`"hdr_us": "HISTF[^"]+"`).ReplaceAll(body, []byte(`"hdr_us": "HISTF..."`))
}

func TestJSONName(t *testing.T) {
	path, err := WriteJSON(t.TempDir(), full())
	if err != nil || filepath.Base(path) != "run-20260102T030405.678Z.json" {
		t.Errorf("report is %q (%v), want run-20260102T030405.678Z.json", path, err)
	}
}

// Several service As may write into one directory.
func TestRunsOfTheSameMillisecondHaveTheirOwnReports(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []string{"run-20260102T030405.678Z.json", "run-20260102T030405.678Z-2.json", "run-20260102T030405.678Z-3.json"} {
		path, err := WriteJSON(dir, full())
		if err != nil || filepath.Base(path) != want {
			t.Errorf("report is %q (%v), want %s", path, err, want)
		}
		if body, err := os.ReadFile(path); err != nil || !json.Valid(body) {
			t.Errorf("%s is %q (%v)", path, body, err)
		}
	}
}

func TestJSONNeedsADirectory(t *testing.T) {
	if path, err := WriteJSON(filepath.Join(t.TempDir(), "gone"), full()); err == nil || path != "" {
		t.Errorf("wrote %q into a directory that is not there", path)
	}
}
