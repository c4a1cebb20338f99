package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// stages shows where the time of a request goes, in service-b and on the way.
func stages() row {
	return row{"Where the time goes", []panel{
		stacked(lines("Mean ts_diff by stage", units.Seconds,
			line("network", stageMean("network"), color("purple")),
			line("fill", stageMean("fill"), color("yellow")),
			line("worker", stageMean("worker"), color("orange")),
			line("ai", stageMean("ai"), color("green")),
			line("reply", stageMean("reply"), color("blue")),
			line("mean", mean(tsDiffs), color("text"), dashed(), unstacked()))).
			Height(8),
		lines("Latency at service-a", units.Seconds,
			line("latency p99", quantile(0.99, latencies), color("orange")),
			line("latency p50", quantile(0.5, latencies), color("green")),
			line("mean latency", mean(latencies), color("text"), dashed()),
			line("mean ts_diff", mean(sumRate("loadgen_ts_diff_seconds", a)), color("yellow"), dashed()),
			line("lag p99", quantile(0.99, sumRate("loadgen_schedule_lag_seconds", a))+
				` and on () (sum(loadgen_rate{`+a+`}) > 0)`, color("red"), unfilled())).
			Height(8),
		cells("ts_diff distribution", units.Seconds, tsDiffs).Height(8),
	}}
}

// stageMean is the mean over all ok replies, including those with an implausible ts.
func stageMean(stage string) string {
	return sumRate("batcher_stage_seconds_total", fmt.Sprintf(`stage=%q`, stage), b) +
		` / ` + sumRate("batcher_requests_total", `outcome="ok"`, b)
}
