package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

const (
	queued    = `outcome=~"ok|incomplete|canceled|failed"` // the outcomes of admitted requests
	tsDiffs   = `sum(rate(batcher_ts_diff_seconds{` + b + `}[$__rate_interval]))`
	latencies = `sum(rate(loadgen_latency_seconds{` + a + `}[$__rate_interval]))`
)

// load shows what the load achieves: how many replies, and how fast.
func load() row {
	return row{"QPS and ts_diff", []panel{
		lines("QPS", units.RequestsPerSecond,
			line("ok (A)", sumRate("loadgen_requests_total", `outcome="ok"`, a), color("green")),
			line("ok (B)", sumRate("batcher_requests_total", `outcome="ok"`, b), color("blue"), dashed()),
			line("admitted (B)", sumRate("batcher_requests_total", queued, b), color("purple"), dotted(), width(1)),
			line("target", `sum(loadgen_rate{`+a+`}) > 0`, reference()),
			line("dropped (A)", sumRate("loadgen_dropped_total", a)+` > 0`, color("red")),
			line("{{outcome}} (A)", `sum by (outcome) (`+rate("loadgen_requests_total", `outcome!="ok"`, a)+`) > 0`)).
			Height(8),
		lines("ts_diff", units.Seconds,
			line("p99", quantile(0.99, tsDiffs), color("orange")),
			line("p90", quantile(0.9, tsDiffs), color("blue")),
			line("p50", quantile(0.5, tsDiffs), color("green")),
			line("mean", mean(tsDiffs), color("yellow"), dashed())).
			Height(8),
		cells("ts_diff distribution", units.Seconds, tsDiffs).Height(8),
	}}
}

// stages shows where the time of a request goes, in service-b and on the way.
func stages() row {
	return row{"Where the time goes", []panel{
		stacked(wide("Mean ts_diff by stage", units.Seconds,
			line("network", stageMean("network"), color("purple")),
			line("queue", stageMean("queue"), color("yellow")),
			line("ai", stageMean("ai"), color("green")),
			line("reply", stageMean("reply"), color("blue")),
			line("mean", mean(tsDiffs), color("text"), dashed(), unstacked()))),
		wide("Latency at service-a", units.Seconds,
			line("latency p99", quantile(0.99, latencies), color("orange")),
			line("latency p50", quantile(0.5, latencies), color("green")),
			line("mean latency", mean(latencies), color("text"), dashed()),
			line("mean ts_diff", mean(sumRate("loadgen_ts_diff_seconds", a)), color("yellow"), dashed()),
			line("lag p99", quantile(0.99, sumRate("loadgen_schedule_lag_seconds", a))+
				` and on () (sum(loadgen_rate{`+a+`}) > 0)`, color("red"), unfilled())),
	}}
}

// stageMean is the mean over all ok replies, including those with an implausible ts.
func stageMean(stage string) string {
	return sumRate("batcher_stage_seconds_total", fmt.Sprintf(`stage=%q`, stage), b) +
		` / ` + sumRate("batcher_requests_total", `outcome="ok"`, b)
}
