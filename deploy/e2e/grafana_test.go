//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// grafanaOpensOnTheDashboard asks Grafana what a browser without a login asks.
func (l *lab) grafanaOpensOnTheDashboard(t *testing.T) {
	l.eventually(t, 10*time.Second, `grafana_build_info`)
	if len(l.query(t, `grafana_build_info{version=~"[0-9].*"}`)) == 0 {
		t.Skip("what runs as Grafana has no version: it only stands in for it")
	}
	var home struct{ Dashboard struct{ Title string } }
	l.grafana(t, "/api/dashboards/home", nil, &home)
	if home.Dashboard.Title != "batchlab" {
		t.Errorf("the home dashboard is %q", home.Dashboard.Title)
	}
	question := map[string]any{"from": "now-1m", "to": "now", "queries": []any{map[string]any{
		"refId": "A", "expr": "up", "instant": true, "datasource": map[string]string{"type": "prometheus", "uid": "prometheus"},
	}}}
	var reply struct {
		Results map[string]struct {
			Status int
			Error  string
			Frames []any
		}
	}
	l.grafana(t, "/api/ds/query", question, &reply)
	if a := reply.Results["A"]; a.Error != "" || len(a.Frames) == 0 {
		t.Errorf("the data source answers %+v", a)
	}
}

// grafana gets a path, or posts a question to it, and decodes the reply, which must be JSON.
func (l *lab) grafana(t *testing.T, path string, question, reply any) {
	t.Helper()
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if question != nil {
		text, err := json.Marshal(question)
		if err != nil {
			t.Fatal(err)
		}
		method, body = http.MethodPost, bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:"+l.knobs["GRAFANA_PORT"]+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("%s %s: %s", method, path, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(reply); err != nil {
		t.Fatalf("%s %s answers %s: %v", method, path, response.Header.Get("Content-Type"), err)
	}
}
