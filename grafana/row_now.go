package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// now covers the last five seconds, whatever range the charts show: see prometheus/rules.yml.
func now() row {
	return row{"Now", []panel{
		glance("QPS now", units.RequestsPerSecond, thresholds("red", from(0.01, "blue")),
			line("QPS", requestsNow(`outcome="ok"`))),
		tsDiffNow(),
		hostCPUNow(),
		queueNow(),
		glance("Batch fill", units.Percent, thresholds("red", from(50, "yellow"), from(90, "green")),
			line("fill", fill())).
			Span(3).
			Min(0).Max(100).Decimals(0),
		glance("Not ok", units.RequestsPerSecond, thresholds("green", from(0.01, "red")),
			line("not ok", requestsNow(`outcome!="ok"`))),
	}}
}

// requestsNow are counted by A, or by B if another load tool replaces A.
func requestsNow(outcome string) string {
	of := func(job string) string {
		return `sum(job_instance_outcome:requests:rate5s{` + outcome + `, ` + job + `})`
	}
	return of(a) + ` or ` + of(b)
}

func tsDiffNow() panel {
	// Here and below, ">= 0" drops NaN, so that Grafana says "No data".
	observed := `sum(job_instance:ts_diff_seconds:rate5s{` + b + `})`
	return glance("ts_diff now", units.Seconds, thresholds("green", from(1, "yellow"), from(3, "red")),
		line("p50", quantile(0.5, observed)+` >= 0`),
		line("p99", quantile(0.99, observed)+` >= 0`)).
		Span(5).
		Orientation(common.VizOrientationAuto)
}

// hostCPUNow names who else takes CPU, once that matters.
func hostCPUNow() panel {
	busy := `100 * sum(mode:node_cpu_seconds:share5s{` + busyModes + `})`
	lab := `sum(job_instance:process_cpu:percent5s{` + services + `})`
	red := set("thresholds", built(thresholds("red")))
	return glance("Host CPU busy", units.Percent, thresholds("blue", from(70, "yellow"), from(95, "green")),
		line("busy", busy),
		line("others", busy+` - (`+lab+` or vector(0)) / scalar(`+cores+`) >= 10`, red),
		line("stolen", `100 * sum(mode:node_cpu_seconds:share5s{mode="steal"}) >= 1`, red)).
		Min(0).Max(100).Decimals(0).
		Orientation(common.VizOrientationAuto)
}

func queueNow() panel {
	depth, limit := `sum(batcher_queue_depth{`+b+`})`, `sum(batcher_queue_limit{`+b+`})`
	return glance("Queue", units.Short, thresholds("blue"),
		line("waiting", depth),
		line("of limit", `100 * `+depth+` / `+limit,
			set("unit", units.Percent), set("max", 100),
			set("thresholds", built(thresholds("green", from(50, "yellow"), from(90, "red")))))).
		Orientation(common.VizOrientationAuto).
		Decimals(0)
}

// fill compares each batch with the BATCH_SIZE under which it ran.
func fill() string {
	return `100 * ` + sumRate("batcher_batch_size_sum", b) + ` / ` + sumRate("batcher_batch_slots_total", b) + ` >= 0`
}
