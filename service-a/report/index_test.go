package report

import (
	"fmt"
	"net/http"
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
	for _, name := range []string{"run-1.json", "run-3.json", "run-2.json", "merged-2.json", ".run-4.tmp", "run-<b>.json", "run-1:2?a#b%41.json", "index.html"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var links []string
	for _, m := range regexp.MustCompile(`<a href="([^"]*)">([^<]*)</a>`).FindAllStringSubmatch(page(), -1) {
		links = append(links, m[1]+" "+m[2])
	}
	want := []string{"run-3.json run-3.json", "merged-2.json merged-2.json", "run-2.json run-2.json", "run-1.json run-1.json"}
	if !slices.Equal(links, want) {
		t.Errorf("got %q", links)
	}
}

// Only files that the page lists are served, whatever else REPORT_DIR contains or links to.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	reports := filepath.Join(dir, "reports")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(reports, "sub"), 0o700),
		os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600),
		os.WriteFile(filepath.Join(reports, "sub", "inner.json"), []byte("inner"), 0o600),
		os.WriteFile(filepath.Join(reports, ".hidden"), []byte("hidden"), 0o600),
		os.WriteFile(filepath.Join(reports, "run-1.000Z-2.json"), []byte("{}"), 0o600),
		os.WriteFile(filepath.Join(reports, "index.html"), []byte("<p>"), 0o600),
		os.Symlink("../secret", filepath.Join(reports, "run-2.json")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{report}", File(reports))
	for path, want := range map[string]string{
		"/run-1.000Z-2.json": "200 {}", "/index.html": "404", "/run-2.json": "404", "/.hidden": "404", "/sub": "404",
		"/sub%2Finner.json": "404", "/..%2Fsecret": "404", "/nope.json": "404", "/%00": "404",
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want && (w.Code != 404 || want != "404") {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
