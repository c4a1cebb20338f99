package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// datasource is the Prometheus that provisioning/datasources declares under this uid.
func datasource() common.DataSourceRef {
	return common.DataSourceRef{Type: new("prometheus"), Uid: new("prometheus")}
}

// query is a range query; legend is Grafana's template over the labels.
func query(expr, legend string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().
		Datasource(datasource()).
		EditorMode(prometheus.QueryEditorModeCode).
		Expr(expr).
		Range().
		LegendFormat(legend)
}

// lines is a time series in the dashboard's look. Gaps stay gaps: a missed scrape is not a fact.
func lines(title, unit, description string) *timeseries.PanelBuilder {
	return timeseries.NewPanelBuilder().
		Title(title).
		Description(description).
		Unit(unit).
		Datasource(datasource()).
		Min(0).
		LineWidth(2).
		FillOpacity(8).
		ShowPoints(common.VisibilityModeNever).
		SpanNulls(common.BoolOrFloat64{Bool: new(false)}).
		Legend(legend(common.LegendPlacementBottom, common.LegendDisplayModeList)).
		Tooltip(common.NewVizTooltipOptionsBuilder().
			Mode(common.TooltipDisplayModeMulti).
			Sort(common.SortOrderNone))
}

func legend(where common.LegendPlacement, mode common.LegendDisplayMode) *common.VizLegendOptionsBuilder {
	return common.NewVizLegendOptionsBuilder().
		ShowLegend(true).
		Placement(where).
		DisplayMode(mode).
		Calcs([]string{"lastNotNull"})
}

// glance is a number of now, with a sparkline of half a minute: no older, so that a value whose source is gone
// gives way to "No data" soon.
func glance(title, unit, description string, colors dashboard.ThresholdsConfig) *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title(title).
		Description(description).
		Unit(unit).
		Datasource(datasource()).
		Thresholds(builder(colors)).
		Height(4).
		TimeFrom("30s").
		HideTimeOverride(true).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		ColorMode(common.BigValueColorModeValue).
		GraphMode(common.BigValueGraphModeArea).
		JustifyMode(common.BigValueJustifyModeAuto).
		TextMode(common.BigValueTextModeAuto).
		Orientation(common.VizOrientationVertical)
}

// step begins a color at a value; the first of a list begins at minus infinity, whatever its value.
type step struct {
	from  float64
	color string
}

func thresholds(steps ...step) dashboard.ThresholdsConfig {
	list := make([]dashboard.Threshold, len(steps))
	for i, s := range steps {
		list[i] = dashboard.Threshold{Value: new(s.from), Color: s.color}
	}
	list[0].Value = nil
	return dashboard.ThresholdsConfig{Mode: dashboard.ThresholdsModeAbsolute, Steps: list}
}

func steps(list ...step) cog.Builder[dashboard.ThresholdsConfig] { return builder(thresholds(list...)) }

func builder(c dashboard.ThresholdsConfig) cog.Builder[dashboard.ThresholdsConfig] {
	return dashboard.NewThresholdsConfigBuilder().Mode(c.Mode).Steps(c.Steps)
}

// Overrides of one series.

func property(id string, value any) dashboard.DynamicConfigValue {
	return dashboard.DynamicConfigValue{Id: id, Value: value}
}

func color(name string) dashboard.DynamicConfigValue {
	return property("color", map[string]string{"mode": "fixed", "fixedColor": name})
}

func dashed() dashboard.DynamicConfigValue {
	return property("custom.lineStyle", map[string]any{"fill": "dash", "dash": []int{8, 6}})
}

func dotted() dashboard.DynamicConfigValue {
	return property("custom.lineStyle", map[string]any{"fill": "dot", "dash": []int{2, 4}})
}

func unfilled() dashboard.DynamicConfigValue {
	return property("custom.fillOpacity", 0)
}

func width(pixels int) dashboard.DynamicConfigValue {
	return property("custom.lineWidth", pixels)
}

// unstacked is for a line beside the stack of its panel.
func unstacked() dashboard.DynamicConfigValue {
	return property("custom.stacking", map[string]string{"mode": "none", "group": "A"})
}
