package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// Why QPS is what it is: what batching allows, and what it is checked by.
func physicsRow() row {
	return row{"Batch physics", section{"grafana/README.md", "Batch physics"}, []cog.Builder[dashboard.Panel]{
		ceiling(), littlesLaw(),
		batchSizes(), fillAndWorkers(), aiTime(),
		queueDepth(), batches(),
	}}
}

func ceiling() cog.Builder[dashboard.Panel] {
	measured := fmt.Sprintf(`sum(job_instance_outcome:requests:rate5s{outcome="ok", %s})`, b)
	predicted := fmt.Sprintf(`sum(instance:qps:ceiling5s{%s})`, b)
	return lines("QPS, and the most that it can be", units.RequestsPerSecond,
		"The ceiling is min(workers, floor(CONCURRENCY / BATCH_SIZE)) x BATCH_SIZE / AI time, with the AI time as it is now, summed over the replicas of service-b. Near 100 % of it, the workers never wait for a batch: only a shorter AI time, more workers or a larger BATCH_SIZE gives more. Well below: workers wait, so raise CONCURRENCY to at least BATCH_SIZE x (workers + 1). It falls when the CPU is full, since an AI call then takes longer; it is 0 when CONCURRENCY is below BATCH_SIZE, so that no batch can fill.").
		Span(12).Height(8).
		Legend(legend(common.LegendPlacementRight, common.LegendDisplayModeTable)).
		OverrideByName("ceiling", []dashboard.DynamicConfigValue{color("red"), dashed(), unfilled()}).
		OverrideByName("measured", []dashboard.DynamicConfigValue{color("green")}).
		OverrideByName("% of ceiling", []dashboard.DynamicConfigValue{
			color("text"), unfilled(), width(1),
			property("unit", units.Percent), property("decimals", 0), property("max", 120),
			property("custom.axisPlacement", common.AxisPlacementRight),
		}).
		WithTarget(query(predicted, "ceiling")).
		WithTarget(query(measured, "measured")).
		WithTarget(query(`100 * `+measured+` / (`+predicted+` > 0)`, "% of ceiling"))
}

func littlesLaw() cog.Builder[dashboard.Panel] {
	return lines("Little's law", units.Short,
		"Requests in flight = QPS x mean latency, whatever happens inside: the two lines must be one, and in a closed loop they are CONCURRENCY. They part while requests fail or back off, which are in flight and never in the latency, and for a moment after a change. With a RATE the requests in flight go up and down between two scrapes: look at longer ranges. If they part in a quiet run, do not believe its figures.").
		Span(12).Height(8).
		Legend(legend(common.LegendPlacementRight, common.LegendDisplayModeTable)).
		OverrideByName("in flight", []dashboard.DynamicConfigValue{color("blue")}).
		OverrideByName("QPS x latency", []dashboard.DynamicConfigValue{color("yellow"), dashed(), unfilled()}).
		OverrideByName("CONCURRENCY", []dashboard.DynamicConfigValue{color("text"), dotted(), unfilled(), width(1)}).
		WithTarget(query(fmt.Sprintf(`sum(avg_over_time(loadgen_in_flight{%s}[$__rate_interval]))`, a), "in flight")).
		WithTarget(query(`histogram_sum(`+sumRate("loadgen_latency_seconds", a)+`)`, "QPS x latency")).
		WithTarget(query(fmt.Sprintf(`sum(loadgen_concurrency{%s})`, a), "CONCURRENCY"))
}

func batchSizes() cog.Builder[dashboard.Panel] {
	return cells("Batch sizes", units.Short,
		"How large the batches were that went to the model. One band at BATCH_SIZE, as it should be; bands below it are short batches (PARTIAL_BATCH=flush) or those of service-b's stop.",
		sumRate("batcher_batch_size", b)).
		Span(8).Height(7)
}

func fillAndWorkers() cog.Builder[dashboard.Panel] {
	return lines("Fill, and workers busy", units.Percent,
		"How full the batches were, and which part of the AI workers had one. Both near 100 %: service-b gives all it can. Workers idle and batches full: too few requests in flight. Batches short: lower BATCH_SIZE. Overdue workers are held by calls past AI_TIMEOUT that do not end: the model hangs.").
		Span(8).Height(7).
		Max(100).
		OverrideByName("fill", []dashboard.DynamicConfigValue{color("green")}).
		OverrideByName("workers busy", []dashboard.DynamicConfigValue{color("blue"), unfilled()}).
		OverrideByName("overdue", []dashboard.DynamicConfigValue{color("red")}).
		WithTarget(query(fill(), "fill")).
		WithTarget(query(ofWorkers("batcher_ai_in_flight"), "workers busy")).
		WithTarget(query(ofWorkers("batcher_ai_overdue")+` > 0`, "overdue"))
}

func ofWorkers(gauge string) string {
	return fmt.Sprintf(`100 * sum(avg_over_time(%s{%[2]s}[$__rate_interval])) / sum(batcher_ai_workers{%[2]s})`, gauge, b)
}

func aiTime() cog.Builder[dashboard.Panel] {
	observed := sumRate("batcher_ai_seconds", b)
	return lines("AI time per batch", units.Seconds,
		"How long one call of the model takes. With the simulated model an idle CPU gives AI_BATCH_COST + BATCH_SIZE x AI_ITEM_COST; more than that is waiting for a core, so more workers than cores only make each call slower. Failed calls have a line once there are any; service-b's log says why.").
		Span(8).Height(7).
		OverrideByName("mean", []dashboard.DynamicConfigValue{color("yellow"), dashed(), unfilled()}).
		OverrideByName("p50", []dashboard.DynamicConfigValue{color("green")}).
		OverrideByName("p99", []dashboard.DynamicConfigValue{color("orange")}).
		OverrideByName("failed calls", []dashboard.DynamicConfigValue{
			color("red"), property("unit", "suffix:calls/s"), property("custom.axisPlacement", common.AxisPlacementRight),
		}).
		WithTarget(query(`histogram_quantile(0.99, `+observed+`)`, "p99")).
		WithTarget(query(`histogram_quantile(0.5, `+observed+`)`, "p50")).
		WithTarget(query(`histogram_avg(`+observed+`)`, "mean")).
		WithTarget(query(sumRate("batcher_ai_failures_total", b)+` > 0`, "failed calls"))
}

func queueDepth() cog.Builder[dashboard.Panel] {
	return lines("Queue depth", "suffix:requests",
		"Requests in each service-b that wait for a batch, beside all that service-a has in flight. The limit appears once a queue is a quarter full: at the limit requests are refused as busy. A queue that stays near CONCURRENCY means that B is what limits.").
		Span(12).Height(7).
		Decimals(0).
		OverrideByName("limit", []dashboard.DynamicConfigValue{color("red"), dashed(), unfilled()}).
		OverrideByName("in flight (A)", []dashboard.DynamicConfigValue{color("text"), unfilled(), width(1)}).
		WithTarget(query(fmt.Sprintf(`batcher_queue_depth{%s}`, b), "waiting {{instance}}")).
		WithTarget(query(fmt.Sprintf(`sum(loadgen_in_flight{%s})`, a), "in flight (A)")).
		WithTarget(query(fmt.Sprintf(`max(batcher_queue_limit{%[1]s}) and on () (max(batcher_queue_depth{%[1]s} / batcher_queue_limit) > 0.25)`, b), "limit"))
}

func batches() cog.Builder[dashboard.Panel] {
	return lines("Batches by trigger", "suffix:batches/s",
		"Why a batch left the queue. full: BATCH_SIZE requests were there, as it should be. timeout: BATCH_TIMEOUT passed first, and PARTIAL_BATCH=flush ran the batch short (with fail it does not run, and its requests are incomplete): more CONCURRENCY or a smaller BATCH_SIZE. drain: service-b was stopping.").
		Span(12).Height(7).
		FillOpacity(40).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A")).
		OverrideByName("full", []dashboard.DynamicConfigValue{color("green")}).
		OverrideByName("timeout", []dashboard.DynamicConfigValue{color("orange")}).
		OverrideByName("drain", []dashboard.DynamicConfigValue{color("purple")}).
		WithTarget(query(fmt.Sprintf(`sum by (trigger) (rate(batcher_batches_total{%s}[$__rate_interval]))`, b), "{{trigger}}"))
}
