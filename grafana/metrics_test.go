package main

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Every metric, label and label value in a query must be exported by service-a or service-b, be a
// recording rule, or come from elsewhere. Both services run for real, under load.
func TestEveryMetricExists(t *testing.T) {
	known := registries(t)
	everyMetricIsShown(t, known)
	rules := recordingRules(t)
	for name := range rules {
		known[name] = nil
	}
	check := func(where, expr string) {
		for _, s := range selectors(expr) {
			family, exists := known[s.metric]
			if !exists && !elsewhere.MatchString(s.metric) {
				t.Errorf("%s: no metric %s in service-a, service-b or prometheus/rules.yml: %s", where, s.metric, expr)
			}
			for _, m := range s.matchers {
				if family != nil && !m.canMatch(family) {
					t.Errorf("%s: metric %s has no series with %s: %s", where, s.metric, m, expr)
				}
			}
		}
	}
	for _, p := range panels(t) {
		for _, q := range queries(p) {
			check(fmt.Sprintf("panel %q", title(p)), q.Expr)
		}
	}
	for _, annotation := range board(t).Annotations.List {
		check("annotation "+annotation.Name, *annotation.Expr)
	}
	for name, expr := range rules {
		check("rule "+name, expr)
	}
	marksNameLabels(t, known)
}

// notShown are metrics that no panel, annotation or rule needs, each with the reason.
var notShown = map[string]string{
	"batcher_ai_calibration_rounds_per_second": "constant; it explains the cost of the simulated model",
	"batcher_ai_in_flight":                     "a sample favours idle moments; batcher_ai_busy_seconds_total does not",
	"batcher_host_info":                        "for service-a, to know whether both share a host",
	"batcher_uptime_seconds":                   "for service-a, to divide B's counters by B's own time",
}

// A metric should be visible somewhere.
func everyMetricIsShown(t *testing.T, known map[string]*dto.MetricFamily) {
	t.Helper()
	var all strings.Builder
	for _, p := range panels(t) {
		for _, q := range queries(p) {
			all.WriteString(q.Expr + "\n")
		}
	}
	for _, annotation := range board(t).Annotations.List {
		all.WriteString(*annotation.Expr + "\n")
	}
	for _, expr := range recordingRules(t) {
		all.WriteString(expr + "\n")
	}
	for name, family := range known {
		if name != family.GetName() || !strings.HasPrefix(name, "batcher_") && !strings.HasPrefix(name, "loadgen_") {
			continue
		}
		_, hidden := notShown[name]
		shown := regexp.MustCompile(`\b` + name + `(_sum|_count|_bucket)?\b`).MatchString(all.String())
		if !shown && !hidden {
			t.Errorf("metric %s is on no panel and in no rule: add a panel, or a line to notShown", name)
		}
		if shown && hidden {
			t.Errorf("metric %s is in notShown, but it is shown", name)
		}
	}
}

// elsewhere lists metrics of other targets; deploy/e2e checks them in a running lab.
var elsewhere = regexp.MustCompile(`^(up|ALERTS|scrape_duration_seconds|scrape_samples_scraped|node_\w+|prometheus_\w+)$`)

// Annotations show knobs by label; Grafana would print an unknown label's template as it is.
func marksNameLabels(t *testing.T, known map[string]*dto.MetricFamily) {
	t.Helper()
	for metric, knobs := range map[string][]string{"loadgen_config_info": knobsOfA, "batcher_config_info": knobsOfB} {
		for _, knob := range knobs {
			if m := (matcher{label: knob, op: "=~"}); !m.canMatch(known[metric]) {
				t.Errorf("%s has no label %s", metric, knob)
			}
		}
	}
	for _, label := range known["batcher_config_info"].GetMetric()[0].GetLabel() {
		if !slices.Contains(knobsOfB, label.GetName()) {
			t.Errorf("the marks of B's changes do not show %s: add it to knobsOfB in grafana/annotations.go", label.GetName())
		}
	}
}

func TestSelectors(t *testing.T) {
	for expr, want := range map[string]string{
		`up`: `up`,
		`sum by (job) (rate(x_total{a="b", c=~"$d"}[$__rate_interval])) > 0`: `x_total a="b" c=~"$d"`,
		`1000 * x{a!="b"} * on (job, instance) group_left (c) y`:             `x a!="b" y`,
		`histogram_quantile(0.99, sum(a:b:c{job="d"})) or vector(0)`:         `a:b:c job="d"`,
		`clamp_min(10 - count_over_time(up[10s]), 0) and up offset 10s`:      `up up`,
	} {
		var got []string
		for _, s := range selectors(expr) {
			got = append(got, s.metric)
			for _, m := range s.matchers {
				got = append(got, m.String())
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

// selector is a metric in an expression, with its label matchers.
type selector struct {
	metric   string
	matchers []matcher
}

type matcher struct{ label, op, value string }

func (m matcher) String() string { return fmt.Sprintf("%s%s%q", m.label, m.op, m.value) }

// canMatch ignores labels that Prometheus adds, and values of variables.
func (m matcher) canMatch(family *dto.MetricFamily) bool {
	if m.label == "job" || m.label == "instance" {
		return true
	}
	return slices.ContainsFunc(family.GetMetric(), func(metric *dto.Metric) bool {
		return slices.ContainsFunc(metric.GetLabel(), func(l *dto.LabelPair) bool {
			return l.GetName() == m.label && (m.op != "=" || l.GetValue() == m.value)
		})
	})
}

var (
	labelLists = regexp.MustCompile(`\b(\w+ by|\w+ without|on|ignoring|group_left|group_right)\b( \([^)]*\))?`)
	ranges     = regexp.MustCompile(`\[[^\]]*\]|\boffset \w+`)
	mentions   = regexp.MustCompile(`\b([a-zA-Z_][\w:]*)(\{[^}]*\}|\()?`)
	matches    = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
	operators  = regexp.MustCompile(`^(and|or|unless|bool)$`)
)

// selectors parses the subset of PromQL in use here: a name is a metric unless it is a function, an
// operator or in a list of labels.
func selectors(expr string) []selector {
	var list []selector
	expr = ranges.ReplaceAllString(labelLists.ReplaceAllString(expr, " "), "")
	for _, m := range mentions.FindAllStringSubmatch(expr, -1) {
		if m[2] == "(" || operators.MatchString(m[1]) {
			continue
		}
		s := selector{metric: m[1]}
		for _, m := range matches.FindAllStringSubmatch(m[2], -1) {
			s.matchers = append(s.matchers, matcher{m[1], m[2], m[3]})
		}
		list = append(list, s)
	}
	return list
}

func recordingRules(t *testing.T) map[string]string {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct{ Record, Alert, Expr string }
		}
	}
	readYAML(t, "../prometheus/rules.yml", &file)
	rules := map[string]string{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			rules[rule.Record+rule.Alert] = rule.Expr
		}
	}
	return rules
}

// registries returns the metrics of both services under load, by every name that queries may use.
func registries(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin+"/", "batchlab/service-a", "batchlab/service-b").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	traffic, adminB, adminA := freeAddress(t), freeAddress(t), freeAddress(t)
	start(t, filepath.Join(bin, "service-b"), "LISTEN_ADDR="+traffic, "ADMIN_ADDR="+adminB, "AI_MODEL=noop")
	scrape(t, adminB)
	start(t, filepath.Join(bin, "service-a"), "TARGET_URL=http://"+traffic+"/testB", "TARGET_ADMIN_URL=http://"+adminB,
		"ADMIN_ADDR="+adminA, "REQUESTS=0", "CONCURRENCY=20", "RATE=100")
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		families := scrape(t, adminA)
		if families["loadgen_latency_seconds"].GetMetric()[0].GetHistogram().GetSampleCount() == 0 {
			continue
		}
		maps.Copy(families, scrape(t, adminB))
		return families
	}
	t.Fatal("no request succeeded")
	return nil
}

// start runs a service until the test ends.
func start(t *testing.T, binary string, variables ...string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	service := exec.CommandContext(t.Context(), binary)
	service.Env = append(os.Environ(), variables...)
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Wait() })
}

// scrape waits until the service responds.
func scrape(t *testing.T, address string) map[string]*dto.MetricFamily {
	t.Helper()
	var failure error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		response, err := http.Get("http://" + address + "/metrics")
		if err != nil {
			failure = err
			continue
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		return withParts(families)
	}
	t.Fatal(failure)
	return nil
}

// withParts adds the series names of classic histograms and summaries.
func withParts(families map[string]*dto.MetricFamily) map[string]*dto.MetricFamily {
	all := map[string]*dto.MetricFamily{}
	for name, family := range families {
		all[name] = family
		if family.GetType() == dto.MetricType_HISTOGRAM || family.GetType() == dto.MetricType_SUMMARY {
			for _, part := range []string{"_sum", "_count", "_bucket"} {
				all[name+part] = family
			}
		}
	}
	return all
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
