package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

// column of a table: either a label of the series, or the value of a query, in a unit.
type column struct{ title, label, expr, unit string }

// list is a table with a row for each set of labels, which all queries must have in common. Each
// query's values are a column of their own, called "Value #A" and so on until they are renamed.
func list(title, unit, description string, columns ...column) *table.PanelBuilder {
	p := table.NewPanelBuilder().
		Title(title).
		Description(description).
		Unit(unit).
		Datasource(datasource()).
		ShowHeader(true).
		Footer(common.NewTableFooterOptionsBuilder().Show(false).Reducer([]string{}))
	names, order := map[string]string{}, map[string]int{}
	letter := 'A'
	for i, c := range columns {
		field := c.label
		if c.expr != "" {
			field = fmt.Sprintf("Value #%c", letter)
			letter++
			p.WithTarget(now(c.expr)).
				OverrideByName(c.title, []dashboard.DynamicConfigValue{property("unit", c.unit)})
		}
		names[field], order[field] = c.title, i
	}
	return p.
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
			"excludeByName": map[string]bool{"Time": true},
			"indexByName":   order,
			"renameByName":  names,
		}})
}

// now is an instant query for a table.
func now(expr string) *prometheus.DataqueryBuilder {
	return query(expr, "").Instant().Format(prometheus.PromQueryFormatTable)
}

func descending(title string) []cog.Builder[common.TableSortByFieldState] {
	return []cog.Builder[common.TableSortByFieldState]{
		common.NewTableSortByFieldStateBuilder().DisplayName(title).Desc(true),
	}
}

// mapped shows a value as a text, in a color unless that is empty.
func mapped(value, text, color string) []dashboard.ValueMapping {
	result := dashboard.ValueMappingResult{Text: new(text), Index: new(int32(0))}
	if color != "" {
		result.Color = new(color)
	}
	return []dashboard.ValueMapping{{ValueMap: &dashboard.ValueMap{
		Type: dashboard.MappingTypeValueToText, Options: map[string]dashboard.ValueMappingResult{value: result},
	}}}
}
