package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

const (
	queued    = `outcome=~"ok|incomplete|canceled|failed"` // the outcomes of admitted requests
	tsDiffs   = `sum(rate(batcher_ts_diff_seconds{` + b + `}[$__rate_interval]))`
	latencies = `sum(rate(loadgen_latency_seconds{` + a + `}[$__rate_interval]))`
)

// load shows what the load achieves beside what it costs, to compare with top without scrolling.
func load() row {
	return row{"QPS, ts_diff and CPU", []panel{
		qps().Height(7), processCPU().Height(7),
		wide("ts_diff", units.Seconds,
			line("p99", quantile(0.99, tsDiffs), color("orange")),
			line("p90", quantile(0.9, tsDiffs), color("blue")),
			line("p50", quantile(0.5, tsDiffs), color("green")),
			line("mean", mean(tsDiffs), color("yellow"), dashed())).
			Height(7),
		hostCPU().Height(7),
	}}
}

func qps() *timeseries.PanelBuilder {
	failures := func(metric, replicas string) string {
		return `sum by (outcome) (` + rate(metric, `outcome!="ok"`, replicas) + `) > 0`
	}
	dropped := func(reason string) string {
		return sumRate("loadgen_dropped_total", `reason="`+reason+`"`, a) + ` > 0`
	}
	each := `sum by (instance) (` + rate("batcher_requests_total", `outcome="ok"`, b) + `)`
	return wide("QPS", units.RequestsPerSecond,
		line("ok (A)", sumRate("loadgen_requests_total", `outcome="ok"`, a), color("green")),
		line("ok (B)", sumRate("batcher_requests_total", `outcome="ok"`, b), color("blue"), dashed()),
		line("admitted (B)", sumRate("batcher_requests_total", queued, b), color("purple"), dotted(), width(1)),
		line("target", `sum(loadgen_rate{`+a+`}) > 0`, reference()),
		line("dropped at CONCURRENCY (A)", dropped("in_flight"), color("red")),
		line("dropped without connection (A)", dropped("no_connection"), color("dark-red"), dashed()),
		line("{{outcome}} (A)", failures("loadgen_requests_total", a)),
		line("{{outcome}} (B)", failures("batcher_requests_total", b)),
		line("ok {{instance}}", each+` and on () (count(`+each+`) > 1)`)).
		OverrideByRegexp(`/^(busy|incomplete|invalid|too_large|canceled|failed|draining) \(B\)/`, append(dashed(), width(1)...)).
		OverrideByRegexp(`/^ok [^(]/`, append(unfilled(), width(1)...))
}
