package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// What the load gets: how much, and how fast.
func loadRow() row {
	return row{"QPS and ts_diff", section{"grafana/README.md", "QPS and ts_diff"}, []cog.Builder[dashboard.Panel]{
		qps(), tsDiff(), tsDiffHeatmap(),
	}}
}

// admitted are the outcomes of requests that were in the queue.
const admitted = "ok|incomplete|canceled|failed"

func qps() cog.Builder[dashboard.Panel] {
	rate := func(metric, matchers string) string {
		return fmt.Sprintf(`rate(%s{%s}[$__rate_interval])`, metric, matchers)
	}
	return lines("QPS", units.RequestsPerSecond,
		"Answers 200 per second, as service-a receives them and as service-b sends them, and what service-b admitted to its queue: while all is well the three lines are one. Every other outcome has a line of its own; each of them has a cause worth knowing (busy: the queue is full; incomplete: a batch never filled; timeout: A waited REQUEST_TIMEOUT in vain). Target is RATE, where there is one; dropped is what A could not send of it.").
		Span(8).Height(8).
		OverrideByName("ok (A)", []dashboard.DynamicConfigValue{color("green")}).
		OverrideByName("ok (B)", []dashboard.DynamicConfigValue{color("blue"), dashed(), unfilled()}).
		OverrideByName("admitted (B)", []dashboard.DynamicConfigValue{color("purple"), dotted(), unfilled(), width(1)}).
		OverrideByName("target", []dashboard.DynamicConfigValue{color("text"), dashed(), unfilled(), width(1)}).
		OverrideByName("dropped (A)", []dashboard.DynamicConfigValue{color("red")}).
		WithTarget(query(`sum(`+rate("loadgen_requests_total", `outcome="ok", `+a)+`)`, "ok (A)")).
		WithTarget(query(`sum(`+rate("batcher_requests_total", `outcome="ok", `+b)+`)`, "ok (B)")).
		WithTarget(query(`sum(`+rate("batcher_requests_total", `outcome=~"`+admitted+`", `+b)+`)`, "admitted (B)")).
		WithTarget(query(fmt.Sprintf(`sum(loadgen_rate{%s}) > 0`, a), "target")).
		WithTarget(query(`sum(`+rate("loadgen_dropped_total", a)+`) > 0`, "dropped (A)")).
		WithTarget(query(`sum by (outcome) (`+rate("loadgen_requests_total", `outcome!="ok", `+a)+`) > 0`, "{{outcome}} (A)"))
}

func tsDiff() cog.Builder[dashboard.Panel] {
	observed := sumRate("batcher_ts_diff_seconds", b)
	return lines("ts_diff", units.Seconds,
		"How long a request takes, from the time it carries to the time of its reply: the mean as the summary of a run has it, half of the requests (p50), all but 1 in 10 (p90), all but 1 in 100 (p99). From service-b's histogram, so of any client. A p99 far above p50: look at the heatmap for a second group.").
		Span(8).Height(8).
		OverrideByName("mean", []dashboard.DynamicConfigValue{color("yellow"), dashed(), unfilled()}).
		OverrideByName("p50", []dashboard.DynamicConfigValue{color("green")}).
		OverrideByName("p90", []dashboard.DynamicConfigValue{color("blue")}).
		OverrideByName("p99", []dashboard.DynamicConfigValue{color("orange")}).
		WithTarget(query(`histogram_quantile(0.99, `+observed+`)`, "p99")).
		WithTarget(query(`histogram_quantile(0.9, `+observed+`)`, "p90")).
		WithTarget(query(`histogram_quantile(0.5, `+observed+`)`, "p50")).
		WithTarget(query(`histogram_avg(`+observed+`)`, "mean"))
}

func tsDiffHeatmap() cog.Builder[dashboard.Panel] {
	return cells("ts_diff, all of it", units.Seconds,
		"Each column is a moment, each cell a range of ts_diff, its color how many requests per second fell there. Two bands: some requests wait one AI call longer than others. A band that climbs: the queue grows.",
		sumRate("batcher_ts_diff_seconds", b)).
		Span(8).Height(8)
}

// sumRate is for counters and native histograms.
func sumRate(metric, matchers string) string {
	return fmt.Sprintf(`sum(rate(%s{%s}[$__rate_interval]))`, metric, matchers)
}

// cells is a heatmap of a native histogram. The format of the query stays "time series": some older
// Grafanas take a native histogram for classic buckets when it says "heatmap", and all recognise its
// cells without being told.
func cells(title, unit, description, expr string) *heatmap.PanelBuilder {
	return heatmap.NewPanelBuilder().
		Title(title).
		Description(description).
		Unit(unit).
		Datasource(datasource()).
		MaxDataPoints(150).
		CellGap(0).
		Color(heatmap.NewHeatmapColorOptionsBuilder().
			Mode(heatmap.HeatmapColorModeScheme).
			Scheme("Turbo").
			Scale(heatmap.HeatmapColorScaleExponential).
			Exponent(0.5).
			Steps(64)).
		YAxis(heatmap.NewYAxisConfigBuilder().
			Unit(unit).
			AxisPlacement(common.AxisPlacementLeft)).
		Tooltip(heatmap.NewHeatmapTooltipBuilder().
			Mode(common.TooltipDisplayModeSingle).
			YHistogram(true).
			ShowColorScale(true)).
		WithTarget(query(expr, "").Format(prometheus.PromQueryFormatTimeSeries))
}
