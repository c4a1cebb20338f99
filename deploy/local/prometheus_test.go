package main

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var testTargets = map[string][]string{
	"service-a":     {"127.0.0.1:1"},
	"service-b":     {"127.0.0.1:2"},
	"localhost":     {"127.0.0.1:3"},
	"grafana":       {"127.0.0.1:4"},
	"node-exporter": {},
}

// All but the targets is as the repository has it.
func TestLocalPrometheusConfig(t *testing.T) {
	text, err := os.ReadFile("testdata/repo/prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := localPrometheusConfig(text, testTargets, func(file string) string { return "/repo/" + file })
	if err != nil {
		t.Fatal(err)
	}
	want := `
global: {scrape_interval: 1s, scrape_timeout: 900ms}
rule_files: [/repo/rules.yml]
scrape_configs:
  - job_name: service-a
    static_configs: [{targets: ["127.0.0.1:1"]}]
  - job_name: service-b
    scrape_interval: 500ms
    scrape_native_histograms: true
    static_configs: [{targets: ["127.0.0.1:2"]}]
    metric_relabel_configs: [{source_labels: [__name__], regex: 'go_gc_.*|(.+):\d+', action: drop}]
  - job_name: node
    static_configs: [{targets: []}]
  - job_name: prometheus
    static_configs: [{targets: ["127.0.0.1:3"], labels: {role: watcher}}]
  - job_name: grafana
    static_configs: [{targets: ["127.0.0.1:4"]}]
`
	if got, want := canonical(t, string(got)), canonical(t, want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLocalPrometheusConfigKnowsEachHost(t *testing.T) {
	_, err := localPrometheusConfig([]byte("scrape_configs: [{job_name: new, static_configs: [{targets: ['cache:80']}]}]"), testTargets, nil)
	if err == nil || !strings.Contains(err.Error(), "job new") || !strings.Contains(err.Error(), "cache:80") {
		t.Errorf("got %v", err)
	}
}

// canonical is the same for YAML texts that mean the same.
func canonical(t *testing.T, text string) string {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(strings.ReplaceAll(text, "\t", " ")), &value); err != nil {
		t.Fatal(err)
	}
	out, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
