package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// cell is a column of a table: the current value of a query, in a unit.
func cell(title, unit, expr string, looks ...look) series {
	return line(title, expr, append(looks, set("unit", unit))...)
}

// list is a table with one row per target. Every query must yield one value per job and instance;
// Grafana names these values "Value #A", "Value #B" and so on.
func list(title string, columns ...series) *table.PanelBuilder {
	p := table.NewPanelBuilder().
		Title(title).Unit(units.Short).Datasource(datasource()).
		Footer(common.NewTableFooterOptionsBuilder().Show(false).Reducer([]string{}))
	names, order := map[string]string{}, map[string]int{"job": 0, "instance": 1}
	for i, c := range columns {
		field := "Value #" + letter(i)
		names[field], order[field] = c.legend, len(order)
		p.WithTarget(query(i, c.expr, "").Instant().Format(prometheus.PromQueryFormatTable)).
			OverrideByName(c.legend, c.look)
	}
	return p.
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
			"excludeByName": map[string]bool{"Time": true},
			"indexByName":   order,
			"renameByName":  names,
		}})
}

func descending(title string) []cog.Builder[common.TableSortByFieldState] {
	return []cog.Builder[common.TableSortByFieldState]{
		common.NewTableSortByFieldStateBuilder().DisplayName(title).Desc(true),
	}
}
