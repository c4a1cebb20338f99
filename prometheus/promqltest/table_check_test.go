package promqltest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestPanelsMarksAndRulesShowTheTable(t *testing.T) {
	all := queries(t)
	stored := map[string]*lab{}
	for name := range labs {
		stored[name] = newLab(t, name)
	}
	seen := map[string]bool{} // queries that have a line with a value in some moment
	for _, m := range table {
		t.Run(fmt.Sprintf("%s at %d s", m.lab, m.second), func(t *testing.T) {
			used := map[string]bool{}
			for _, q := range all {
				got, err := stored[m.lab].show(t, q, m)
				if err != nil {
					t.Errorf("%s: %v: %s", q.name(), err, q.expr)
					continue
				}
				seen[q.name()] = m.check(t, q, got, used) || seen[q.name()]
			}
			for _, name := range slices.Sorted(maps.Keys(m.lines)) {
				if !used[name] {
					t.Errorf("%s: no line has this name, want %v", name, m.lines[name])
				}
			}
		})
	}
	for _, q := range all {
		if !seen[q.name()] {
			t.Errorf("%s is not in the table: give its metrics values in series_test.go, work out by hand what it shows, and add "+
				"the row \"%s\": <value> to prometheus/promqltest/table_test.go. Query: %s", q.name(), q.name(), q.expr)
		}
	}
}

func TestEveryAlertIsInTheTable(t *testing.T) {
	fires := func(alert string) bool {
		return slices.ContainsFunc(table, func(m moment) bool {
			for name := range m.lines {
				if strings.HasPrefix(name+" ", "mark Alerts / "+alert+" ") {
					return true
				}
			}
			return false
		})
	}
	for _, group := range ruleGroups(t) {
		for _, rule := range group.Rules {
			if rule.Alert != "" && !fires(rule.Alert) {
				t.Errorf("no row %q in prometheus/promqltest/table_test.go: add the moment at which it fires, and one just before", "mark Alerts / "+rule.Alert)
			}
		}
	}
}

// check compares the lines of a query with the table, marks the rows used, and tells whether a row has a value.
func (m moment) check(t *testing.T, q query, got map[string]float64, used map[string]bool) (hasRow bool) {
	t.Helper()
	for _, name := range []string{q.name(), q.owner} {
		if want, ok := m.lines[name]; ok && math.IsInf(want, 1) {
			used[name] = true
		}
	}
	var unexpected []string
	for _, name := range slices.Sorted(maps.Keys(got)) {
		want, ok := m.lines[name]
		switch {
		case !ok || math.IsInf(want, 1):
			unexpected = append(unexpected, name)
		case !same(got[name], want):
			t.Errorf("%s is %v, want %v: %s", name, got[name], want, q.expr)
			fallthrough
		default:
			used[name], hasRow = true, true
		}
	}
	isRule := strings.HasPrefix(q.owner, "rule ")
	if hasRow || used[q.name()] || used[q.owner] || m.whole && !isRule {
		for _, name := range unexpected {
			t.Errorf("%s is a line, which the table does not have: %s", name, q.expr)
		}
	}
	return hasRow
}

// same allows for what floating point adds.
func same(got, want float64) bool {
	return math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))
}
