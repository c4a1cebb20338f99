package report

import (
	"html/template"
	"net/http"
	"os"
	"slices"
	"strings"
)

// Index serves a page with links to the reports in dir, the latest first. It is safe for concurrent use.
func Index(dir string) http.HandlerFunc {
	page := template.Must(template.New("index").Parse(indexPage))
	return func(w http.ResponseWriter, _ *http.Request) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		var names []string
		for _, entry := range slices.Backward(entries) { // the names begin with the time
			if !strings.HasPrefix(entry.Name(), ".") {
				names = append(names, entry.Name())
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, names) // a client that has gone is no failure of ours
	}
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
