package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// programs lists the lab's processes.
func programs() row {
	return row{"Processes, as top lists them", []panel{processes(),
		lines("Load average", units.Short,
			line("1 min", `node_load1`),
			line("5 min", `node_load5`),
			line("15 min", `node_load15`),
			line("cores", cores, reference())).
			Span(10),
	}}
}

const cores = `count(node_cpu_seconds_total{mode="idle"})`

// services are A and B, whichever replicas the reader has chosen.
const services = `job=~"service-a|service-b"`

// busyModes are the CPU modes that top adds up to busy: not idle, iowait and steal.
const busyModes = `mode=~"user|nice|system|irq|softirq"`

// processCPU and hostCPU use the names and units of top, so that you can read both side by side.
func processCPU() *timeseries.PanelBuilder {
	percent := func(matchers string) string {
		return `100 * sum by (job, instance) (` + rate("process_cpu_seconds_total", matchers) + `)`
	}
	return wide("CPU of each process", units.Percent,
		line("service-b {{instance}}", percent(b)),
		line("service-a {{instance}}", percent(a)),
		line("{{job}}", percent(`job=~"prometheus|grafana|node"`)),
		line("others", `100 * clamp_min(`+sumRate("node_cpu_seconds_total", busyModes)+
			` - (`+sumRate("process_cpu_seconds_total", services)+` or vector(0)), 0)`, color("red")),
		line("all cores", `100 * `+cores, reference()),
		line("limit of {{instance}}", `100 * (batcher_cpu_cores{`+b+`} < scalar(`+cores+`))`)).
		OverrideByRegexp("/^limit of /", append(dotted(), width(1)...))
}

// hostCPU stacks the numbers of top's "%Cpu(s)" line in its order. Idle is only in the legend: it is
// the empty part of the chart.
func hostCPU() *timeseries.PanelBuilder {
	mode := func(word, mode string, looks ...look) series {
		used := sumRate("node_cpu_seconds_total", fmt.Sprintf(`mode=%q`, mode))
		return line(word, `100 * `+used+` / sum(rate(node_cpu_seconds_total[$__rate_interval]))`, looks...)
	}
	return stacked(wide("CPU of the host", units.Percent,
		mode("us", "user", color("green")),
		mode("sy", "system", color("red")),
		mode("ni", "nice", color("light-green")),
		mode("id", "idle", color("text"), unfilled(), width(0), unstacked()),
		mode("wa", "iowait", color("yellow")),
		mode("hi", "irq", color("purple")),
		mode("si", "softirq", color("orange")),
		mode("st", "steal", color("blue")))).
		Max(100)
}

func processes() panel {
	node := []dashboard.ValueMapping{mapped("node", "node_exporter", nil)}
	busiestFirst := common.NewTableSortByFieldStateBuilder().DisplayName("%CPU").Desc(true)
	return list("Processes",
		cell("%CPU", units.Percent, `sum by (job, instance) (job_instance:process_cpu:percent5s)`, set("decimals", 1)),
		cell("RES", units.BytesIEC, `sum by (job, instance) (process_resident_memory_bytes)`),
		cell("threads", units.Short, `sum by (job, instance) (go_threads)`),
		cell("goroutines", units.Short, `sum by (job, instance) (go_goroutines)`)).
		OverrideByName("job", append(set("displayName", "COMMAND"), set("mappings", node)...)).
		SortBy([]cog.Builder[common.TableSortByFieldState]{busiestFirst}).
		Span(14).Height(7)
}
