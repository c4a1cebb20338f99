package promqltest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// look is the unit of a panel, or of a line that differs from it, and the colors of some of its values.
type look struct {
	unit   string
	colors map[float64]string
}

// looks are in page order. They give colors on both sides of each threshold.
var looks = map[string]look{
	"QPS now":                            {"reqps", map[float64]string{0: "red", 0.01: "blue", 5000: "blue"}},
	"ts_diff now":                        {"s", map[float64]string{0.9: "green", 1: "yellow", 2.9: "yellow", 3: "red"}},
	"Host CPU busy":                      {"percent", map[float64]string{69: "blue", 70: "yellow", 94: "yellow", 95: "green"}},
	"Host CPU busy / others":             {"percent", map[float64]string{10: "red"}},
	"Host CPU busy / stolen":             {"percent", map[float64]string{1: "red"}},
	"Queue":                              {"short", map[float64]string{0: "blue", 800: "blue"}},
	"Queue / of limit":                   {"percent", map[float64]string{49: "green", 50: "yellow", 89: "yellow", 90: "red"}},
	"Batch fill":                         {"percent", map[float64]string{49: "red", 50: "yellow", 89: "yellow", 90: "green"}},
	"Not ok":                             {"reqps", map[float64]string{0: "green", 0.01: "red"}},
	"QPS":                                {unit: "reqps"},
	"ts_diff":                            {unit: "s"},
	"ts_diff distribution":               {unit: "s"},
	"Mean ts_diff by stage":              {unit: "s"},
	"Latency at service-a":               {unit: "s"},
	"CPU of each process":                {unit: "percent"},
	"CPU of the host":                    {unit: "percent"},
	"Processes":                          {unit: "short"},
	"Processes / %CPU":                   {unit: "percent"},
	"Processes / RES":                    {unit: "bytes"},
	"Load average":                       {unit: "short"},
	"QPS and its ceiling":                {unit: "reqps"},
	"QPS and its ceiling / % of ceiling": {unit: "percent"},
	"Little's law":                       {unit: "short"},
	"Batch sizes":                        {unit: "short"},
	"Batch fill and busy workers":        {unit: "percent"},
	"AI time per batch":                  {unit: "s"},
	"AI time per batch / failed calls":   {unit: "suffix:calls/s"},
	"Queue depth":                        {unit: "suffix:requests"},
	"Batches by trigger":                 {unit: "suffix:batches/s"},
	"Targets up":                         {"short", map[float64]string{0: "red", 1: "green"}},
	"Targets":                            {unit: "short"},
	"Targets / up":                       {"short", map[float64]string{0: "red", 1: "green"}},
	"Targets / uptime":                   {unit: "s"},
	"Targets / scrape":                   {unit: "s"},
	"Scrape duration":                    {unit: "s"},
	"Missed scrapes":                     {unit: "short"},
	"Age of the newest sample":           {"s", map[float64]string{0.9: "transparent", 1: "red"}},
	"Warnings":                           {unit: "short"},
	"Goroutines of A and B":              {unit: "short"},
	"Heap of A and B":                    {unit: "bytes"},
	"Garbage collections of A and B":     {unit: "suffix:/s"},
	"Garbage collections of A and B / pause service-b {{instance}}": {unit: "s"},
	"Garbage collections of A and B / pause service-a {{instance}}": {unit: "s"},
}

func TestUnitsAndColors(t *testing.T) {
	got := shownLooks(t, readDashboard(t))
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := looks[name]; !ok {
			t.Errorf("%s is not in looks: add its unit, and its colors on both sides of each threshold, to prometheus/promqltest/looks_test.go", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(looks)) {
		want, panel := looks[name], got[name]
		if panel.Unit != want.unit {
			t.Errorf("%s has the unit %q, want %q", name, panel.Unit, want.unit)
		}
		if panel.colored() != (want.colors != nil) {
			t.Errorf("%s has colors: %v, want %v", name, panel.colored(), want.colors)
		}
		for value, color := range want.colors {
			if c := panel.color(value); c != color {
				t.Errorf("%s is %s at %v, want %s", name, c, value, color)
			}
		}
	}
}

// shownLooks are those of all panels, and of the lines whose unit or colors differ from their panel's.
func shownLooks(t *testing.T, board dashboard) map[string]shown {
	t.Helper()
	all := map[string]shown{}
	for _, p := range board.Panels {
		if len(p.Targets) == 0 {
			continue
		}
		defaults := p.FieldConfig.Defaults
		all[p.Title] = defaults
		for _, q := range p.queries() {
			legend := strings.TrimSuffix(q.legend, tableRow)
			if line, differs := p.override(t, legend, defaults); differs {
				all[p.Title+" / "+legend] = line
			}
		}
	}
	return all
}

// override returns how a line is shown, and whether that differs from its panel.
func (p panel) override(t *testing.T, legend string, line shown) (_ shown, differs bool) {
	t.Helper()
	defaultUnit := line.Unit
	for _, o := range p.FieldConfig.Overrides {
		if !o.matches(legend) {
			continue
		}
		for _, property := range o.Properties {
			var into any
			switch property.ID {
			case "unit":
				into = &line.Unit
			case "thresholds":
				line.Thresholds.Steps = nil // which the panel still uses
				into = &line.Thresholds
			case "mappings":
				line.Mappings = nil
				into = &line.Mappings
			default:
				continue
			}
			if err := json.Unmarshal(property.Value, into); err != nil {
				t.Fatalf("%s / %s: %s: %v", p.Title, legend, property.ID, err)
			}
			differs = differs || property.ID != "unit" || line.Unit != defaultUnit
		}
	}
	return line, differs
}

func (o override) matches(legend string) bool {
	if o.Matcher.ID == "byRegexp" {
		return regexp.MustCompile(strings.Trim(o.Matcher.Options, "/")).MatchString(legend)
	}
	return o.Matcher.Options == legend
}

func (s shown) colored() bool { return len(s.Thresholds.Steps) > 0 || len(s.Mappings) > 0 }

// color is that of a mapped value, or of the last threshold that the value has reached.
func (s shown) color(value float64) (color string) {
	for _, step := range s.Thresholds.Steps {
		if step.Value == nil || value >= *step.Value {
			color = step.Color
		}
	}
	for _, mapping := range s.Mappings {
		if mapped, ok := mapping.Options[fmt.Sprint(value)]; ok {
			color = mapped.Color
		}
	}
	return color
}
