package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// Where a request's time goes, inside service-b and on the way.
func stagesRow() row {
	return row{"Where the time goes", section{"grafana/README.md", "Where the time goes"}, []cog.Builder[dashboard.Panel]{
		stages(), latency(),
	}}
}

// stageColors are the stages of a request in their order, which is that of the stack from below.
var stageColors = []struct{ stage, color string }{
	{"network", "purple"},
	{"queue", "yellow"},
	{"ai", "green"},
	{"reply", "blue"},
}

func stages() cog.Builder[dashboard.Panel] {
	p := lines("Mean ts_diff by stage", units.Seconds,
		"The mean ts_diff, cut into what it consists of: network is from the time that the request carries until service-b admitted it; queue until its batch was full and a worker free; ai the call of the model; reply until the reply was written. The parts add up to the mean as measured (dashed). Much queue: the workers are busy, so more requests in flight only wait longer. Much network: A or B wait for the CPU before they get to the request.").
		Span(12).Height(8).
		FillOpacity(50).
		LineWidth(1).
		Legend(legend(common.LegendPlacementRight, common.LegendDisplayModeTable)).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A")).
		OverrideByName("mean", []dashboard.DynamicConfigValue{color("text"), dashed(), unfilled(), unstacked()})
	for _, s := range stageColors {
		p.WithTarget(query(stageMean(s.stage), s.stage)).
			OverrideByName(s.stage, []dashboard.DynamicConfigValue{color(s.color)})
	}
	return p.WithTarget(query(`histogram_avg(`+sumRate("batcher_ts_diff_seconds", b)+`)`, "mean"))
}

// stageMean is over the ok replies, those with an implausible ts included: their stages are counted too.
func stageMean(stage string) string {
	return fmt.Sprintf(`%s / %s`,
		sumRate("batcher_stage_seconds_total", fmt.Sprintf(`stage=%q, %s`, stage, b)),
		sumRate("batcher_requests_total", `outcome="ok", `+b))
}

func latency() cog.Builder[dashboard.Panel] {
	observed := sumRate("loadgen_latency_seconds", a)
	return lines("What service-a waits", units.Seconds,
		"Latency is from when a request was due until its reply was read: ts_diff and the way back. Far above ts_diff: A does not get to its replies, for want of CPU. Lag (only with a RATE) is how late requests were sent: a p99 of more than a tenth of the latency means that A is what limits, and the run says so.").
		Span(12).Height(8).
		Legend(legend(common.LegendPlacementRight, common.LegendDisplayModeTable)).
		OverrideByName("mean ts_diff", []dashboard.DynamicConfigValue{color("yellow"), dashed(), unfilled()}).
		OverrideByName("mean latency", []dashboard.DynamicConfigValue{color("text"), dashed(), unfilled()}).
		OverrideByName("latency p50", []dashboard.DynamicConfigValue{color("green")}).
		OverrideByName("latency p99", []dashboard.DynamicConfigValue{color("orange")}).
		OverrideByName("lag p99", []dashboard.DynamicConfigValue{color("red"), unfilled()}).
		WithTarget(query(`histogram_quantile(0.99, `+observed+`)`, "latency p99")).
		WithTarget(query(`histogram_quantile(0.5, `+observed+`)`, "latency p50")).
		WithTarget(query(`histogram_avg(`+observed+`)`, "mean latency")).
		WithTarget(query(`histogram_avg(`+sumRate("loadgen_ts_diff_seconds", a)+`)`, "mean ts_diff")).
		WithTarget(query(`histogram_quantile(0.99, `+sumRate("loadgen_schedule_lag_seconds", a)+fmt.Sprintf(`) and on () (sum(loadgen_rate{%s}) > 0)`, a), "lag p99"))
}
