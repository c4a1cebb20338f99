package main

import "github.com/grafana/grafana-foundation-sdk/go/units"

// load shows what the load achieves: how many replies, and how fast.
func load() row {
	return row{"QPS and ts_diff", []panel{qps(), tsDiff(),
		cells("ts_diff distribution", units.Seconds, sumRate("batcher_ts_diff_seconds", b)).Height(8),
	}}
}

func qps() panel {
	const queued = `outcome=~"ok|incomplete|canceled|failed"` // the outcomes of requests that were queued
	return lines("QPS", units.RequestsPerSecond,
		line("ok (A)", sumRate("loadgen_requests_total", `outcome="ok"`, a), color("green")),
		line("ok (B)", sumRate("batcher_requests_total", `outcome="ok"`, b), color("blue"), dashed()),
		line("admitted (B)", sumRate("batcher_requests_total", queued, b), color("purple"), dotted(), width(1)),
		line("target", `sum(loadgen_rate{`+a+`}) > 0`, reference()),
		line("dropped (A)", sumRate("loadgen_dropped_total", a)+` > 0`, color("red")),
		line("{{outcome}} (A)", `sum by (outcome) (`+rate("loadgen_requests_total", `outcome!="ok"`, a)+`) > 0`)).
		Height(8)
}

func tsDiff() panel {
	observed := sumRate("batcher_ts_diff_seconds", b)
	return lines("ts_diff", units.Seconds,
		line("p99", quantile(0.99, observed), color("orange")),
		line("p90", quantile(0.9, observed), color("blue")),
		line("p50", quantile(0.5, observed), color("green")),
		line("mean", `histogram_avg(`+observed+`)`, color("yellow"), dashed())).
		Height(8)
}
