package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// Whether the figures above can be believed: a hole in a chart must not be taken for a fact.
func healthRow() row {
	return row{"Health of the lab", section{"grafana/README.md", "Health of the lab"}, []cog.Builder[dashboard.Panel]{
		targetsUp(), targets(),
		scrapeDuration(), missedScrapes(), sampleAge(),
		goroutines(), heap(), garbageCollection(),
	}}
}

func targetsUp() cog.Builder[dashboard.Panel] {
	return statetimeline.NewPanelBuilder().
		Title("Targets up").
		Description("Whether each target answered its scrape. Red: it did not, and what the charts show of it is missing there, not zero. Nothing drawn: Prometheus itself did not ask, or the target was gone; docker compose ps tells which.").
		Unit(units.Short).
		Datasource(datasource()).
		Span(12).Height(7).
		MergeValues(true).
		ShowValue(common.VisibilityModeNever).
		FillOpacity(80).
		LineWidth(0).
		NeverSpanNulls().
		Legend(legend(common.LegendPlacementBottom, common.LegendDisplayModeList).ShowLegend(false)).
		Mappings(append(mapped("1", "up", "green"), mapped("0", "down", "red")...)).
		WithTarget(query(`max by (job, instance) (up)`, "{{job}} {{instance}}"))
}

func targets() cog.Builder[dashboard.Panel] {
	return list("Targets", units.Short,
		"The targets as they are now. Restarts are those within the range shown, under the same address: a process that restarts by itself has crashed, and its log says why. Missed counts scrapes of the last ten seconds that did not happen or came late; a scrape near 1 s is about to be missed.",
		column{"job", "job", "", ""},
		column{"instance", "instance", "", ""},
		column{"up", "", `max by (job, instance) (up)`, units.Short},
		column{"uptime", "", `time() - max by (job, instance) (process_start_time_seconds)`, units.Seconds},
		column{"restarts", "", `max by (job, instance) (changes(process_start_time_seconds[$__range]))`, units.Short},
		column{"scrape", "", `max by (job, instance) (scrape_duration_seconds)`, units.Seconds},
		column{"samples", "", `max by (job, instance) (scrape_samples_scraped)`, units.Short},
		column{"missed", "", `max by (job, instance) (job_instance:scrapes_missed:count10s)`, units.Short}).
		OverrideByName("up", []dashboard.DynamicConfigValue{
			property("mappings", append(mapped("1", "up", "green"), mapped("0", "down", "red")...)),
			property("custom.cellOptions", map[string]string{"type": "color-text"}),
		}).
		OverrideByName("uptime", []dashboard.DynamicConfigValue{property("decimals", 0)}).
		Span(12).Height(7)
}

func scrapeDuration() cog.Builder[dashboard.Panel] {
	return lines("Scrape duration", units.Seconds,
		"How long a target took to hand over its metrics. The interval is 1 s, and what takes longer is lost. Long: the target gets no CPU; its cpu_shares in docker-compose.yml say how much it may expect.").
		Span(8).Height(7).
		WithTarget(query(`max by (job, instance) (scrape_duration_seconds)`, "{{job}} {{instance}}"))
}

func missedScrapes() cog.Builder[dashboard.Panel] {
	return lines("Missed scrapes", units.Short,
		"Of the last ten scrapes of each target, how many did not happen or came late; and evaluations of the recording rules that were left out. Above 0 the charts have holes there, or rates over fewer samples: do not read them as facts. The machine is too busy even for Prometheus: lower CONCURRENCY.").
		Span(8).Height(7).
		Decimals(0).
		WithTarget(query(`max by (job, instance) (job_instance:scrapes_missed:count10s)`, "{{job}} {{instance}}")).
		WithTarget(query(`sum(increase(prometheus_rule_group_iterations_missed_total[$__rate_interval]))`, "rules"))
}

func sampleAge() cog.Builder[dashboard.Panel] {
	return lines("Age of the newest sample", units.Seconds,
		"How old the newest figures of each target are. Below the dashed line, one scrape interval, is on time; above it the scrape was late. From 5 s on nothing is shown any more rather than something old.").
		Span(8).Height(7).
		ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed)).
		Thresholds(steps(step{color: "transparent"}, step{1, "red"})).
		WithTarget(query(`time() - timestamp(up)`, "{{job}} {{instance}}"))
}

func goroutines() cog.Builder[dashboard.Panel] {
	return lines("Goroutines of A and B", units.Short,
		"In service-a one for each request in flight, in service-b one or two for each connection, and a few more. A line that climbs while CONCURRENCY stays is a leak: /debug/pprof/goroutine on B's admin port names it.").
		Span(8).Height(7).
		WithTarget(query(fmt.Sprintf(`go_goroutines{%s}`, b), "service-b {{instance}}")).
		WithTarget(query(fmt.Sprintf(`go_goroutines{%s}`, a), "service-a {{instance}}"))
}

func heap() cog.Builder[dashboard.Panel] {
	return lines("Heap of A and B", units.BytesIEC,
		"Memory of live and not yet collected objects: a saw-tooth that comes down at each collection. Where the low points climb, something is kept; /debug/pprof/heap on B's admin port tells what.").
		Span(8).Height(7).
		WithTarget(query(fmt.Sprintf(`go_memstats_heap_alloc_bytes{%s}`, b), "service-b {{instance}}")).
		WithTarget(query(fmt.Sprintf(`go_memstats_heap_alloc_bytes{%s}`, a), "service-a {{instance}}"))
}

func garbageCollection() cog.Builder[dashboard.Panel] {
	return lines("Garbage collections of A and B", "suffix:/s",
		"Collections per second, and on the right axis the longest pause of late. Many a second: a small heap under much traffic, which costs CPU; GOGC=400 trades memory for it. A pause of milliseconds shows up in p99.").
		Span(8).Height(7).
		OverrideByRegexp("/pause/", []dashboard.DynamicConfigValue{
			property("unit", units.Seconds), dotted(), unfilled(), width(1),
			property("custom.axisPlacement", common.AxisPlacementRight),
		}).
		WithTarget(query(fmt.Sprintf(`rate(go_gc_duration_seconds_count{%s}[$__rate_interval])`, b), "service-b {{instance}}")).
		WithTarget(query(fmt.Sprintf(`rate(go_gc_duration_seconds_count{%s}[$__rate_interval])`, a), "service-a {{instance}}")).
		WithTarget(query(fmt.Sprintf(`max by (instance) (go_gc_duration_seconds{%s})`, b), "pause service-b {{instance}}")).
		WithTarget(query(fmt.Sprintf(`max by (instance) (go_gc_duration_seconds{%s})`, a), "pause service-a {{instance}}"))
}
