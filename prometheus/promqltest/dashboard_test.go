package promqltest

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	dashboardFile = "../../grafana/dashboards/batchlab.json"
	rulesFile     = "../rules.yml"
)

// dashboard holds the parts of the JSON that decide values, units and colors.
type dashboard struct {
	Panels      []panel
	Annotations struct{ List []mark }
}

type panel struct {
	Title           string
	Targets         []struct{ Expr, LegendFormat, RefID string }
	Transformations []struct {
		Options struct{ RenameByName map[string]string }
	}
	FieldConfig struct {
		Defaults  shown
		Overrides []override
	}
}

type override struct {
	Matcher    struct{ ID, Options string }
	Properties []struct {
		ID    string
		Value json.RawMessage
	}
}

type mark struct {
	Name, TitleFormat, TextFormat string
	Target                        struct{ Expr string }
}

// shown is the style of a panel or of one of its lines.
type shown struct {
	Unit       string
	Thresholds struct {
		Steps []struct {
			Value *float64
			Color string
		}
	}
	Mappings []struct {
		Options map[string]struct{ Text, Color string }
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// query is one expression whose lines are in the table.
type query struct{ owner, legend, expr string }

func (q query) name() string { return strings.TrimSuffix(q.owner+" / "+q.legend, " / ") }

// queries are those of all panels, marks and recording rules.
func queries(t *testing.T) []query {
	t.Helper()
	board := readDashboard(t)
	var all []query
	for _, p := range board.Panels {
		all = append(all, p.queries()...)
	}
	for _, m := range board.Annotations.List {
		all = append(all, query{"mark " + m.Name, m.TitleFormat + " " + m.TextFormat, m.Target.Expr})
	}
	for _, group := range ruleGroups(t) {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				all = append(all, query{"rule " + rule.Record, "{{job}} {{instance}} {{outcome}} {{mode}}", rule.Record})
			}
		}
	}
	return all
}

// tableRow is what a line of a table has instead of a legend, after its column.
const tableRow = " / {{job}} {{instance}}"

func (p panel) queries() []query {
	var all []query
	for _, target := range p.Targets {
		q := query{p.Title, target.LegendFormat, target.Expr}
		for _, transformation := range p.Transformations {
			if column := transformation.Options.RenameByName["Value #"+target.RefID]; column != "" {
				q.legend = column + tableRow
			}
		}
		all = append(all, q)
	}
	return all
}

// ruleGroup is a group of rules.yml.
type ruleGroup struct {
	Name  string
	Rules []struct{ Record, Alert string }
}

func ruleGroups(t *testing.T) []ruleGroup {
	t.Helper()
	text, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []ruleGroup }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Groups
}
