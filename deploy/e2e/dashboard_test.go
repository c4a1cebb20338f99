//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// panelQuery is one query of the dashboard, as in its JSON.
type panelQuery struct{ panel, legend, expr, unit string }

func (q panelQuery) name() string { return q.panel + " / " + q.legend }

type dashboardFile struct {
	Panels []struct {
		Title           string
		Targets         []struct{ Expr, LegendFormat, RefID string }
		Transformations []struct {
			Options struct{ RenameByName map[string]string }
		}
		FieldConfig struct {
			Defaults  struct{ Unit string }
			Overrides []struct {
				Matcher    struct{ Options any }
				Properties []struct {
					ID    string
					Value any
				}
			}
		}
	}
	Annotations struct {
		List []struct {
			Name   string
			Target struct{ Expr string }
		}
	}
}

func readDashboard(t *testing.T) dashboardFile {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "grafana/dashboards/batchlab.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file dashboardFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file
}

func panelQueries(t *testing.T) []panelQuery {
	t.Helper()
	var queries []panelQuery
	for _, p := range readDashboard(t).Panels {
		for _, target := range p.Targets {
			q := panelQuery{p.Title, target.LegendFormat, target.Expr, p.FieldConfig.Defaults.Unit}
			for _, transformation := range p.Transformations {
				q.legend += transformation.Options.RenameByName["Value #"+target.RefID] // the column of a table
			}
			for _, o := range p.FieldConfig.Overrides {
				for _, property := range o.Properties {
					if unit, ok := property.Value.(string); ok && property.ID == "unit" && o.Matcher.Options == q.legend {
						q.unit = unit
					}
				}
			}
			queries = append(queries, q)
		}
	}
	return queries
}

// panelExpr is a panel's own expression over that many seconds.
func panelExpr(t *testing.T, panel, legend, seconds string) string {
	t.Helper()
	for _, q := range panelQueries(t) {
		if q.panel == panel && q.legend == legend {
			return interpolate(q.expr, seconds)
		}
	}
	t.Fatalf("the dashboard has no panel %q with a query %q", panel, legend)
	return ""
}

func annotationExpr(t *testing.T, name string) string {
	t.Helper()
	for _, a := range readDashboard(t).Annotations.List {
		if a.Name == name {
			return interpolate(a.Target.Expr, "4s")
		}
	}
	t.Fatalf("the dashboard has no annotation %q", name)
	return ""
}

// interpolate fills in variables as Grafana does when all replicas are selected.
func interpolate(expr, seconds string) string {
	return strings.NewReplacer("$__rate_interval", seconds, "$__range", "1m", "$service_a", ".*", "$service_b", ".*").Replace(expr)
}

// Queries that have no data while all is well.
var emptyWhenWell = map[string]bool{
	"QPS / target":                                true, // closed loop
	"QPS / dropped at CONCURRENCY (A)":            true,
	"QPS / dropped without connection (A)":        true,
	"QPS / {{outcome}} (A)":                       true,
	"QPS / {{outcome}} (B)":                       true,
	"QPS / ok {{instance}}":                       true, // with several replicas
	"Host CPU busy / others":                      true,
	"Host CPU busy / stolen":                      true,
	"CPU of each process / limit of {{instance}}": true,
	"Latency at service-a / lag p99":              true, // closed loop
	"Batch fill and busy workers / overdue":       true,
	"AI time per batch / failed calls":            true,
	"Queue depth / limit":                         true, // from a quarter full
}

// panelsHaveData asserts that every query of every panel is answered, with values that its unit allows.
func panelsHaveData(t *testing.T, p *prometheus) {
	cores := p.value(t, `count(node_cpu_seconds_total{mode="idle"})`)
	for _, q := range panelQueries(t) {
		samples, err := p.tryQuery(t, interpolate(q.expr, "4s"))
		if err != nil {
			t.Errorf("%s: %s: %v", q.name(), q.expr, err)
			continue
		}
		if len(samples) == 0 && !emptyWhenWell[q.name()] {
			t.Errorf("%s: no data (if that is normal, add it to emptyWhenWell): %s", q.name(), q.expr)
		}
		low, high := plausible(q, cores)
		for _, s := range samples {
			v := s.number()
			if s.Histogram != nil {
				v = s.mean()
			}
			if !(v >= low && v <= high) { // nor NaN
				t.Errorf("%s: %v is %v, which is not from %v to %v: %s", q.name(), s.Metric, v, low, high, q.expr)
			}
		}
	}
}

// marksHaveData asserts that every annotation is answered; there are no alerts while all is well.
func marksHaveData(t *testing.T, p *prometheus) {
	for _, a := range readDashboard(t).Annotations.List {
		expr := interpolate(a.Target.Expr, "4s")
		if samples := p.query(t, expr); len(samples) == 0 && a.Name != "Alerts" {
			t.Errorf("annotation %s: no data: %s", a.Name, expr)
		}
	}
}

// plausible is the range of values that a lab on one machine can show.
func plausible(q panelQuery, cores float64) (low, high float64) {
	switch {
	case q.panel == "Targets" && strings.Contains(q.expr, "start_time"):
		return 0, 365 * 24 * 3600
	case q.unit == "s":
		return 0, 60
	case q.unit == "percent" && strings.Contains(q.expr, "process_cpu"), q.legend == "all cores":
		return 0, 102 * cores
	case q.unit == "percent":
		return 0, 120 // of the ceiling
	case q.unit == "reqps":
		return 0, 1e6
	case q.unit == "bytes":
		return 1e5, 4e9
	default:
		return 0, 1e5
	}
}

// panelsAgree asserts that the panels' own expressions agree with each other.
func panelsAgree(t *testing.T, p *prometheus) {
	inOneWindow(t, func() []string {
		time.Sleep(agreementWindow)
		// All at one moment: of two queries in turn, the second may see one more scrape.
		now := prometheus{url: p.url, at: time.Now()}
		return disagreements(t, &now)
	})
}

const agreementWindow = 20 * time.Second

func disagreements(t *testing.T, p *prometheus) (found []string) {
	of := func(panel, legend string) float64 {
		return p.value(t, panelExpr(t, panel, legend, fmt.Sprintf("%.0fs", agreementWindow.Seconds())))
	}
	for _, c := range []struct {
		what      string
		got, want float64
		percent   float64
	}{
		{"the QPS of B, to that of A", of("QPS", "ok (B)"), of("QPS", "ok (A)"), 3},
		{"what B admitted, to what it answered ok", of("QPS", "admitted (B)"), of("QPS", "ok (B)"), 1},
		{"the stages' sum, to the mean ts_diff", sumOf(of, stackPanel, "network", "fill", "worker", "ai", "reply"), of(stackPanel, "mean"), 1},
		{"the mean ts_diff of A, to that of B", of("Latency at service-a", "mean ts_diff"), of("ts_diff", "mean"), 3},
		{"QPS x latency, to the requests in flight", of("Little's law", "QPS x latency"), of("Little's law", "in flight"), 5},
		{"the host's modes, to 100 %", sumOf(of, "CPU of the host", "us", "sy", "ni", "id", "wa", "hi", "si", "st"), 100, 0.5},
		{"batch fill, to 100 %", of("Batch fill and busy workers", "fill"), 100, 0.5},
		// Workers never wait for batches, so the lab reaches the ceiling except for the time between two
		// batches, which is longer if others use the processors too.
		{"QPS, to the ceiling", of("QPS and its ceiling", "% of ceiling"), 80, 30},
	} {
		t.Logf("%s: %.5g and %.5g", c.what, c.got, c.want)
		if !(math.Abs(c.got-c.want) <= c.want*c.percent/100) { // nor NaN: without data there is no agreement
			found = append(found, fmt.Sprintf("%s: %.5g is more than %v %% from %.5g", c.what, c.got, c.percent, c.want))
		}
	}
	for _, panel := range []string{"ts_diff", "AI time per batch"} {
		if p50, p99 := of(panel, "p50"), of(panel, "p99"); !(p50 > 0 && p50 <= p99) {
			found = append(found, fmt.Sprintf("%s: p50 is %v, p99 %v", panel, p50, p99))
		}
	}
	age := p.value(t, "max("+panelExpr(t, "Age of the newest sample", "{{job}} {{instance}}", "4s")+")")
	if !(age <= 2) {
		found = append(found, fmt.Sprintf("the newest sample is %v s old", age))
	}
	return found
}

const stackPanel = "Mean ts_diff by stage"

func sumOf(of func(panel, legend string) float64, panel string, legends ...string) (sum float64) {
	for _, legend := range legends {
		sum += of(panel, legend)
	}
	return sum
}
