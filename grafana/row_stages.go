package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

const latencies = `sum(rate(loadgen_latency_seconds{` + a + `}[$__rate_interval]))`

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

// stageMean is the mean over all ok replies. The stages of replies with an implausible ts count too.
func stageMean(stage string) string {
	return sumRate("batcher_stage_seconds_total", fmt.Sprintf(`stage=%q`, stage), b) +
		` / ` + sumRate("batcher_requests_total", `outcome="ok"`, b)
}
