package main

import "github.com/grafana/grafana-foundation-sdk/go/units"

const aQuarterFull = `(max(batcher_queue_depth{` + b + `} / batcher_queue_limit) > 0.25)`

// physics explains the QPS by what batching allows.
func physics() row {
	return row{"Batch physics", []panel{
		ceiling(),
		wide("Little's law", units.Short,
			line("in flight", `sum(avg_over_time(loadgen_in_flight{`+a+`}[$__rate_interval]))`, color("blue")),
			line("QPS x latency", `histogram_sum(`+latencies+`)`, color("yellow"), dashed()),
			line("CONCURRENCY", `sum(loadgen_concurrency{`+a+`})`, reference())),
		cells("Batch sizes", units.Short, sumRate("batcher_batch_size", b)),
		fillAndWorkers(), aiTime(),
		lines("Queue depth", "suffix:requests",
			line("waiting {{instance}}", `batcher_queue_depth{`+b+`}`),
			line("in flight (A)", `sum(loadgen_in_flight{`+a+`})`, color("text"), unfilled(), width(1)),
			line("limit", `max(batcher_queue_limit{`+b+`}) and on () `+aQuarterFull, color("red"), dashed())).
			Decimals(0).Span(12),
		stacked(lines("Batches by trigger", "suffix:batches/s",
			line("{{trigger}}", `sum by (trigger) (`+rate("batcher_batches_total", b)+`)`))).
			OverrideByName("full", color("green")).
			OverrideByName("timeout", color("orange")).
			OverrideByName("drain", color("purple")).
			Span(12),
	}}
}

func ceiling() panel {
	measured := `sum(job_instance_outcome:requests:rate5s{outcome="ok", ` + b + `})`
	predicted := `sum(instance:qps:ceiling5s{` + b + `})` // NaN while one of them is NaN
	return wide("QPS and its ceiling", units.RequestsPerSecond,
		line("ceiling", predicted, color("red"), dashed()),
		line("measured", measured, color("green")),
		line("% of ceiling", `100 * `+measured+` / (`+predicted+` > 0)`,
			color("text"), unfilled(), width(1), onTheRight(units.Percent), set("decimals", 0), set("max", 120)))
}

func fillAndWorkers() panel {
	average := func(gauge string) string { return `sum(avg_over_time(` + gauge + `{` + b + `}[$__rate_interval]))` }
	ofWorkers := func(busy string) string { return `100 * ` + busy + ` / ` + average("batcher_ai_workers") }
	return lines("Batch fill and busy workers", units.Percent,
		line("fill", fill(), color("green")),
		line("workers busy", ofWorkers(sumRate("batcher_ai_busy_seconds_total", b)), color("blue"), unfilled()),
		line("overdue", ofWorkers(average("batcher_ai_overdue"))+` > 0`, color("red"))).
		Max(100)
}

func aiTime() panel {
	observed := sumRate("batcher_ai_seconds", b)
	return lines("AI time per batch", units.Seconds,
		line("p99", quantile(0.99, observed), color("orange")),
		line("p50", quantile(0.5, observed), color("green")),
		line("mean", mean(observed), color("yellow"), dashed()),
		line("mean CPU", sumRate("batcher_ai_cpu_seconds_total", b)+` / histogram_count(`+observed+`)`, color("blue"), dashed()),
		line("failed calls", sumRate("batcher_ai_failures_total", b)+` > 0`, color("red"), onTheRight("suffix:calls/s")))
}
