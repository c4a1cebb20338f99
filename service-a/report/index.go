package report

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
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
		var links []link
		for _, name := range slices.Backward(names) { // the names begin with the time
			links = append(links, link{name, template.URL((&url.URL{Path: name}).String())})
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, links) // a client that has gone is no failure of ours
	}
}

// link is one line of the page. html/template would not escape a ? or a # in a file's name.
type link struct {
	Name string
	URL  template.URL
}

// File serves the report that the path value "report" names, if Index lists it, and asks notFound
// otherwise. It is safe for concurrent use.
func File(dir string, notFound http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("report")
		if names, err := reports(dir); err != nil || !slices.Contains(names, name) {
			notFound(w, r)
			return
		}
		body, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil { // it has just gone
			notFound(w, r)
			return
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
	}
}

// reports lists the files in dir: no directories, links or hidden files.
func reports(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if entry.Type().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

const indexPage = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>batchlab reports</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; margin: 2rem; color-scheme: light dark }</style>
<h1>Reports</h1>
{{range .}}<p><a href="{{.URL}}">{{.Name}}</a></p>
{{else}}<p>No report yet. A run that has an end (REQUESTS or DURATION) writes one when it ends.</p>
{{end}}`
