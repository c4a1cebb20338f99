package report

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestIndex(t *testing.T) {
	dir := t.TempDir()
	page := func() string {
		w := httptest.NewRecorder()
		Index(dir)(w, httptest.NewRequest("GET", "/", nil))
		return w.Body.String()
	}
	if got := page(); !strings.Contains(got, "No report yet") {
		t.Errorf("without reports: %s", got)
	}
	for _, name := range []string{"run-1.json", "run-3.json", "run-2.json", ".run-4.tmp", `run-<b>.json`} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var links []string
	for _, m := range regexp.MustCompile(`<a href="([^"]*)">([^<]*)</a>`).FindAllStringSubmatch(page(), -1) {
		links = append(links, m[1]+" "+m[2])
	}
	want := []string{"run-%3cb%3e.json run-&lt;b&gt;.json", "run-3.json run-3.json", "run-2.json run-2.json", "run-1.json run-1.json"}
	if !slices.Equal(links, want) {
		t.Errorf("got %q", links)
	}
}
