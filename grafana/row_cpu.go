package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// CPU in the words and units of top, to be read beside it.
func cpuRow() row {
	return row{"CPU, as top shows it", section{"grafana/README.md", "CPU, as top shows it"}, []cog.Builder[dashboard.Panel]{
		processCPU(), hostCPU(), topList(), loadAverage(),
	}}
}

func processCPU() cog.Builder[dashboard.Panel] {
	percent := func(matchers string) string {
		return fmt.Sprintf(`100 * sum by (job, instance) (rate(process_cpu_seconds_total{%s}[$__rate_interval]))`, matchers)
	}
	return lines("CPU of each process", units.Percent,
		"top's %CPU: 100 % is one core, so the sum reaches 100 % for each core (dashed). Is service-a near service-b, the load generator takes what the server could use. What Prometheus and Grafana take is the price of watching.").
		Span(12).Height(8).
		Legend(legend(common.LegendPlacementRight, common.LegendDisplayModeTable)).
		OverrideByName("all cores", []dashboard.DynamicConfigValue{color("text"), dashed(), unfilled(), width(1)}).
		WithTarget(query(percent(b), "service-b {{instance}}")).
		WithTarget(query(percent(a), "service-a {{instance}}")).
		WithTarget(query(percent(`job=~"prometheus|grafana|node"`), "{{job}}")).
		WithTarget(query(`100 * `+cores, "all cores"))
}

const cores = `count(node_cpu_seconds_total{mode="idle"})`

// header is top's "%Cpu(s)" line, in its order: its words, the kernel's names, and a color each.
var header = []struct{ word, mode, color string }{
	{"us", "user", "green"},
	{"sy", "system", "red"},
	{"ni", "nice", "light-green"},
	{"id", "idle", "text"},
	{"wa", "iowait", "yellow"},
	{"hi", "irq", "purple"},
	{"si", "softirq", "orange"},
	{"st", "steal", "blue"},
}

func hostCPU() cog.Builder[dashboard.Panel] {
	p := lines("CPU of the host", units.Percent,
		"The %Cpu(s) line of top: us and ni run programs, sy and si the kernel and the network, wa waits for disks, st is what a hypervisor gave to others; the empty part is id. Of the whole machine, so 100 % is all cores. Much sy and si: small requests, where the network costs more than the work. Any st: the machine is shared, and figures vary with its neighbours.").
		Span(12).Height(8).
		Max(100).
		LineWidth(1).
		FillOpacity(60).
		Legend(legend(common.LegendPlacementRight, common.LegendDisplayModeTable)).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A"))
	for _, h := range header {
		p.WithTarget(query(fmt.Sprintf(
			`100 * sum(rate(node_cpu_seconds_total{mode=%q}[$__rate_interval])) / sum(rate(node_cpu_seconds_total[$__rate_interval]))`, h.mode), h.word)).
			OverrideByName(h.word, look(h.word, h.color))
	}
	return p
}

// look of a part of the stack. Idle is in the legend, as in top, and not drawn: it is what the others
// leave free.
func look(word, name string) []dashboard.DynamicConfigValue {
	if word != "id" {
		return []dashboard.DynamicConfigValue{color(name)}
	}
	return []dashboard.DynamicConfigValue{color(name), unfilled(), width(0), unstacked()}
}

func topList() cog.Builder[dashboard.Panel] {
	return list("Processes", units.Short,
		"top's own list, of the lab's processes: the busiest first, as now (the mean of the last five seconds). RES is memory in RAM; it grows with CONCURRENCY and levels off. Threads follow the cores, goroutines the connections: one of them that only ever grows is a leak.",
		column{"COMMAND", "job", "", ""},
		column{"instance", "instance", "", ""},
		column{"%CPU", "", `sum by (job, instance) (job_instance:process_cpu:percent5s)`, units.Percent},
		column{"RES", "", `sum by (job, instance) (process_resident_memory_bytes)`, units.BytesIEC},
		column{"threads", "", `sum by (job, instance) (go_threads)`, units.Short},
		column{"goroutines", "", `sum by (job, instance) (go_goroutines)`, units.Short}).
		SortBy(descending("%CPU")).
		OverrideByName("%CPU", []dashboard.DynamicConfigValue{property("decimals", 1)}).
		OverrideByName("COMMAND", []dashboard.DynamicConfigValue{property("mappings", mapped("node", "node_exporter", ""))}).
		Span(14).Height(7)
}

func loadAverage() cog.Builder[dashboard.Panel] {
	return lines("Load average", units.Short,
		"Threads that run or wait for a core, as top's first line has it: mean of the last 1, 5 and 15 minutes, beside the number of cores (dashed). Above it, threads wait for a core. It follows slowly: compare settings by the CPU charts.").
		Span(10).Height(7).
		OverrideByName("cores", []dashboard.DynamicConfigValue{color("text"), dashed(), unfilled(), width(1)}).
		WithTarget(query(`node_load1`, "1 min")).
		WithTarget(query(`node_load5`, "5 min")).
		WithTarget(query(`node_load15`, "15 min")).
		WithTarget(query(cores, "cores"))
}
