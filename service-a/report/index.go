package report

import (
	"cmp"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Index serves a page with links to the reports in dir, the latest first. It is safe for concurrent use.
func Index(dir string) http.HandlerFunc {
	page := template.Must(template.New("index").Parse(indexPage))
	return func(w http.ResponseWriter, _ *http.Request) {
		names, err := reports(dir)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		slices.SortFunc(names, func(a, b string) int { return cmp.Compare(timeIn(b), timeIn(a)) })
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, names) // fails only if the client has gone
	}
}

// File serves the report named by the path value "report", if Index lists it. It is safe for concurrent use.
func File(dir string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("report")
		if names, err := reports(dir); err != nil || !slices.Contains(names, name) {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, filepath.Join(dir, name))
	}
}

// reports lists the files in dir that are named like reports, without links.
func reports(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if entry.Type().IsRegular() && regexp.MustCompile(`^(run|merged)-[\w.-]+\.json$`).MatchString(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// timeIn is the part of a report's name that tells when it started.
func timeIn(name string) string {
	_, time, _ := strings.Cut(name, "-")
	return time
}

const indexPage = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>batchlab reports</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; margin: 2rem; color-scheme: light dark }</style>
<h1>Reports</h1>
{{range .}}<p><a href="{{.}}">{{.}}</a></p>
{{else}}<p>No report yet. A run that has an end (REQUESTS or DURATION) writes one when it ends.</p>
{{end}}`
