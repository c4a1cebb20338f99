package promqltest

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
)

// lab is a Prometheus that has scraped one of the labs and evaluated rules.yml every second.
type lab struct {
	storage storage.Storage
	engine  *promql.Engine
	firing  map[int64][]alert // by second
}

// alert is what a firing alert says.
type alert struct{ name, summary, description string }

func newLab(t *testing.T, name string) *lab {
	t.Helper()
	expressions := parser.NewParser(parser.Options{})
	l := &lab{
		storage: promqltest.LoadedStorage(t, loadCommand(labs[name])),
		engine: promqltest.NewTestEngineWithOpts(t, promql.EngineOpts{
			MaxSamples: 1e6, Timeout: time.Minute, Parser: expressions,
			EnableAtModifier: true, EnableNegativeOffset: true,
			LookbackDelta: 5 * time.Second, // as in docker-compose.yml
		}),
		firing: map[int64][]alert{},
	}
	l.evaluateRules(t, expressions, lastSecond(name))
	return l
}

var (
	short = regexp.MustCompile(`(?m)^(\w+)\{([a-z]+)(\d?)`)
	each  = regexp.MustCompile(`each (\{\{.*\}\}) (x\d+)`)
	jobs  = map[string]string{"a": "service-a", "b": "service-b"}
)

// loadCommand writes the series of a lab as a load command of Prometheus' test language.
func loadCommand(series string) string {
	series = short.ReplaceAllStringFunc(series, func(selector string) string {
		m := short.FindStringSubmatch(selector)
		job := m[2]
		if m[3] != "" {
			job = jobs[job]
		}
		return fmt.Sprintf(`%s{job=%q, instance="%s%s"`, m[1], job, m[2], m[3])
	})
	command := "load 1s"
	for line := range strings.Lines(each.ReplaceAllString(series, "$1+$1$2")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			command += "\n  " + line
		}
	}
	return command
}

// lastSecond is that of the last moment of a lab.
func lastSecond(lab string) (last int) {
	for _, m := range table {
		if m.lab == lab {
			last = max(last, m.second)
		}
	}
	return last
}

// evaluateRules evaluates the rules as Prometheus does every second, group by group in the order of the file.
func (l *lab) evaluateRules(t *testing.T, expressions parser.Parser, last int) {
	t.Helper()
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(l.engine, l.storage), Appendable: l.storage, Queryable: l.storage,
		Context: t.Context(), Logger: promslog.NewNopLogger(), Parser: expressions,
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
	})
	groups, problems := manager.LoadGroups(time.Second, labels.EmptyLabels(), "", nil, false, rulesFile)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for second := range int64(last) + 1 {
		for _, named := range ruleGroups(t) {
			group := groups[rules.GroupKey(rulesFile, named.Name)]
			for _, rule := range group.AlertingRules() {
				rule.SetRestored(true) // there is no earlier state to wait for
			}
			group.Eval(t.Context(), time.Unix(second, 0))
			l.firing[second] = append(l.firing[second], firing(group)...)
			for _, rule := range group.Rules() {
				if err := rule.LastError(); err != nil {
					t.Fatalf("rule %s at second %d: %v", rule.Name(), second, err)
				}
			}
		}
	}
}

func firing(group *rules.Group) (all []alert) {
	for _, rule := range group.AlertingRules() {
		for _, active := range rule.ActiveAlerts() {
			if active.State == rules.StateFiring {
				all = append(all, alert{rule.Name(), active.Annotations.Get("summary"), active.Annotations.Get("description")})
			}
		}
	}
	return all
}

// show returns the lines of a query at a moment, by their names in the table.
func (l *lab) show(t *testing.T, q query, m moment) (map[string]float64, error) {
	t.Helper()
	ask, err := l.engine.NewInstantQuery(t.Context(), l.storage, nil, interpolate(q.expr, m), time.Unix(int64(m.second), 0))
	if err != nil {
		return nil, err
	}
	defer ask.Close()
	vector, err := ask.Exec(t.Context()).Vector()
	if err != nil {
		return nil, err
	}
	lines := map[string]float64{}
	for _, sample := range vector {
		name := q.owner + " / " + render(q.legend, sample.Metric)
		for name, value := range values(name, sample) {
			if _, taken := lines[name]; taken {
				return nil, fmt.Errorf("two lines are called %q", name)
			}
			lines[name] = value
		}
	}
	return lines, nil
}

// interpolate fills in variables as Grafana does: four scrapes are the shortest interval of a rate.
func interpolate(expr string, m moment) string {
	return strings.NewReplacer("$__rate_interval", "4s", "$__range", "1m", "$service_a", m.a, "$service_b", m.b).Replace(expr)
}

var placeholder = regexp.MustCompile(`\{\{(\w+)\}\}`)

// render fills in a legend. Labels that the sample lacks are left out.
func render(legend string, metric labels.Labels) string {
	text := placeholder.ReplaceAllStringFunc(legend, func(name string) string { return metric.Get(strings.Trim(name, "{}")) })
	return strings.Join(strings.Fields(text), " ")
}

// values is a sample's value, or the contents of each bucket of its native histogram.
func values(name string, sample promql.Sample) map[string]float64 {
	if sample.H == nil {
		return map[string]float64{name: sample.F}
	}
	buckets := map[string]float64{}
	for all := sample.H.AllBucketIterator(); all.Next(); {
		if b := all.At(); b.Count != 0 {
			buckets[fmt.Sprintf("%s (%v,%v]", strings.TrimSuffix(name, " "), b.Lower, b.Upper)] = b.Count
		}
	}
	return buckets
}
