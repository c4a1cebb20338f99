package main

import (
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// health shows whether the figures above are reliable.
func health() row {
	return row{"Health of the lab", []panel{
		targetsUp(), targets(),
		lines("Scrape duration", units.Seconds,
			line("{{job}} {{instance}}", perTarget(`scrape_duration_seconds`))).
			Span(6),
		lines("Missed scrapes", units.Short,
			line("{{job}} {{instance}}", perTarget(`job_instance:scrapes_missed:count10s`)),
			line("rules", `sum(increase(prometheus_rule_group_iterations_missed_total[$__rate_interval]))`)).
			Decimals(0).Span(6),
		lines("Age of the newest sample", units.Seconds,
			line("{{job}} {{instance}}", `time() - timestamp(up)`)).
			ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed)).
			Thresholds(thresholds("transparent", from(1, "red"))).
			Span(6),
		lines("Warnings", units.Short,
			line("impossible ts_diff, per second {{instance}}", rate("batcher_clock_skew_total", b)),
			line("batches cannot fill {{instance}}", `loadgen_concurrency_below_batch_size{`+a+`}`)).
			Span(6),
		ofBoth("Goroutines of A and B", units.Short, `go_goroutines`),
		ofBoth("Heap of A and B", units.BytesIEC, `go_memstats_heap_alloc_bytes`),
		garbageCollection(),
	}}
}

func targetsUp() panel {
	return statetimeline.NewPanelBuilder().
		Title("Targets up").Unit(units.Short).Datasource(datasource()).
		Span(12).Height(7).
		ShowValue(common.VisibilityModeNever).
		FillOpacity(80).
		NeverSpanNulls().
		Legend(legend(common.LegendPlacementBottom, common.LegendDisplayModeList).ShowLegend(false)).
		Mappings(upOrDown()).
		WithTarget(query(0, perTarget(`up`), "{{job}} {{instance}}"))
}

func perTarget(expr string) string { return `max by (job, instance) (` + expr + `)` }

func targets() panel {
	return list("Targets",
		cell("up", units.Short, perTarget(`up`),
			set("mappings", upOrDown()), set("custom.cellOptions", map[string]string{"type": "color-text"})),
		cell("uptime", units.Seconds, `time() - `+perTarget(`process_start_time_seconds`), set("decimals", 0)),
		cell("restarts", units.Short, perTarget(`changes(process_start_time_seconds[$__range])`)),
		cell("scrape", units.Seconds, perTarget(`scrape_duration_seconds`)),
		cell("samples", units.Short, perTarget(`scrape_samples_scraped`)),
		cell("missed", units.Short, perTarget(`job_instance:scrapes_missed:count10s`))).
		Span(12).Height(7)
}

func ofBoth(title, unit, metric string) panel {
	return lines(title, unit,
		line("service-b {{instance}}", metric+`{`+b+`}`),
		line("service-a {{instance}}", metric+`{`+a+`}`))
}

func garbageCollection() panel {
	const metric = "go_gc_duration_seconds"
	return lines("Garbage collections of A and B", "suffix:/s",
		line("service-b {{instance}}", rate(metric+"_count", b)),
		line("service-a {{instance}}", rate(metric+"_count", a)),
		line("pause service-b {{instance}}", `max by (instance) (`+metric+`{`+b+`})`),
		line("pause service-a {{instance}}", `max by (instance) (`+metric+`{`+a+`})`)).
		OverrideByRegexp("/pause/", slices.Concat(onTheRight(units.Seconds), dotted(), width(1)))
}
