package main

import (
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// series is one query of a panel and the style of its line.
type series struct {
	legend, expr string
	look         look
}

func line(legend, expr string, looks ...look) series {
	return series{legend, expr, slices.Concat(looks...)}
}

// lines is a chart over time, a third of the page wide. Gaps stay gaps: a missed scrape is not zero.
func lines(title, unit string, all ...series) *timeseries.PanelBuilder {
	p := timeseries.NewPanelBuilder().
		Title(title).Unit(unit).Datasource(datasource()).
		Span(8).Height(7).
		Min(0).
		LineWidth(2).
		FillOpacity(8).
		ShowPoints(common.VisibilityModeNever).
		SpanNulls(common.BoolOrFloat64{Bool: new(false)}).
		Legend(legend(common.LegendPlacementBottom, common.LegendDisplayModeList)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderNone))
	addTo(p, all)
	return p
}

func addTo[P interface {
	WithTarget(cog.Builder[variants.Dataquery]) P
	OverrideByName(string, []dashboard.DynamicConfigValue) P
}](p P, all []series) {
	for i, s := range all {
		p.WithTarget(query(i, s.expr, s.legend))
		if len(s.look) > 0 {
			p.OverrideByName(s.legend, s.look)
		}
	}
}

// wide is a chart half the page wide, with room for a table of values.
func wide(title, unit string, all ...series) *timeseries.PanelBuilder {
	return lines(title, unit, all...).
		Span(12).Height(8).
		Legend(legend(common.LegendPlacementRight, common.LegendDisplayModeTable))
}

func legend(where common.LegendPlacement, mode common.LegendDisplayMode) *common.VizLegendOptionsBuilder {
	return common.NewVizLegendOptionsBuilder().
		ShowLegend(true).
		Placement(where).
		DisplayMode(mode).
		Calcs([]string{"lastNotNull"})
}

// stacked stacks the series of a chart in their order, from the bottom.
func stacked(p *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return p.LineWidth(1).FillOpacity(50).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A"))
}

// glance shows current values. Its sparkline spans only 30 s, so that "No data" soon replaces a value
// whose source is gone.
func glance(title, unit string, colors cog.Builder[dashboard.ThresholdsConfig], all ...series) *stat.PanelBuilder {
	p := stat.NewPanelBuilder().
		Title(title).Unit(unit).Datasource(datasource()).
		Span(4).Height(3).
		Thresholds(colors).
		TimeFrom("30s").
		HideTimeOverride(true).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		Orientation(common.VizOrientationVertical)
	addTo(p, all)
	return p
}

// cells is a heatmap of a native histogram. Its query format stays "time series": with "heatmap" some
// older Grafanas expect classic buckets, and every Grafana recognizes native ones anyway.
func cells(title, unit, histogram string) *heatmap.PanelBuilder {
	return heatmap.NewPanelBuilder().
		Title(title).Unit(unit).Datasource(datasource()).
		Span(8).Height(7).
		MaxDataPoints(150).
		CellGap(0).
		Color(heatmap.NewHeatmapColorOptionsBuilder().
			Mode(heatmap.HeatmapColorModeScheme).Scheme("Turbo").Steps(64).
			Scale(heatmap.HeatmapColorScaleExponential).Exponent(0.5)).
		YAxis(heatmap.NewYAxisConfigBuilder().Unit(unit).AxisPlacement(common.AxisPlacementLeft)).
		Tooltip(heatmap.NewHeatmapTooltipBuilder().
			Mode(common.TooltipDisplayModeSingle).YHistogram(true).ShowColorScale(true)).
		WithTarget(query(0, histogram, "").Format(prometheus.PromQueryFormatTimeSeries))
}

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

// look overrides the style of one series or column.
type look []dashboard.DynamicConfigValue

func set(id string, value any) look { return look{{Id: id, Value: value}} }

func color(name string) look {
	return set("color", map[string]string{"mode": "fixed", "fixedColor": name})
}

func unfilled() look        { return set("custom.fillOpacity", 0) }
func width(pixels int) look { return set("custom.lineWidth", pixels) }
func dashed() look          { return stroke("dash", 8, 6) }
func dotted() look          { return stroke("dot", 2, 4) }

func stroke(fill string, pattern ...int) look {
	return append(set("custom.lineStyle", map[string]any{"fill": fill, "dash": pattern}), unfilled()...)
}

// reference is a thin dashed line to compare the other lines with.
func reference() look { return slices.Concat(color("text"), dashed(), width(1)) }

// onTheRight gives a series its own axis and unit.
func onTheRight(unit string) look {
	return slices.Concat(set("unit", unit), set("custom.axisPlacement", common.AxisPlacementRight))
}

// unstacked draws a line over the stack of its panel.
func unstacked() look { return set("custom.stacking", map[string]string{"mode": "none", "group": "A"}) }

// thresholds are colors: lowest up to the first value, then each color from its own value on.
func thresholds(lowest string, higher ...dashboard.Threshold) *dashboard.ThresholdsConfigBuilder {
	steps := append([]dashboard.Threshold{{Color: lowest}}, higher...)
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(steps)
}

// built is for an override, which takes no builder.
func built(colors *dashboard.ThresholdsConfigBuilder) dashboard.ThresholdsConfig {
	config, _ := colors.Build() // fails only for an unknown mode
	return config
}

func from(value float64, color string) dashboard.Threshold {
	return dashboard.Threshold{Value: new(value), Color: color}
}

// mapped shows a value as text, in a color unless color is nil.
func mapped(value, text string, color *string) dashboard.ValueMapping {
	result := dashboard.ValueMappingResult{Text: new(text), Index: new(int32(0)), Color: color}
	return dashboard.ValueMapping{ValueMap: &dashboard.ValueMap{
		Type: dashboard.MappingTypeValueToText, Options: map[string]dashboard.ValueMappingResult{value: result},
	}}
}

func upOrDown() []dashboard.ValueMapping {
	return []dashboard.ValueMapping{mapped("1", "up", new("green")), mapped("0", "down", new("red"))}
}
