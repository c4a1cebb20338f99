package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// Now is the last five seconds, by the recording rules in prometheus/rules.yml, whatever range the
// charts below show.
func glanceRow() row {
	return row{"Now", section{"grafana/README.md", "Now"}, []cog.Builder[dashboard.Panel]{
		qpsNow(), tsDiffNow(), cpuNow(), queueNow(), fillNow(), failuresNow(),
	}}
}

func qpsNow() cog.Builder[dashboard.Panel] {
	return glance("QPS", units.RequestsPerSecond,
		"Requests per second that were answered 200, as service-a counts them; without a service-a (your own load tool), as service-b does. Is it 0: A's lines say why.",
		thresholds(step{color: "red"}, step{0.01, "blue"})).
		Span(4).
		WithTarget(query(fmt.Sprintf(`sum(job_instance_outcome:requests:rate5s{outcome="ok", %s}) or sum(job_instance_outcome:requests:rate5s{outcome="ok", %s})`, a, b), "QPS"))
}

func tsDiffNow() cog.Builder[dashboard.Panel] {
	quantile := func(q string) string {
		return fmt.Sprintf(`histogram_quantile(%s, sum(job_instance:ts_diff_seconds:rate5s{%s})) >= 0`, q, b)
	}
	return glance("ts_diff", units.Seconds,
		"From the moment that a request was made to the moment that its reply was: half of the requests are below p50, 1 in 100 is above p99. Yellow from 1 s, red from 3 s, where service-a by default gives up. High: lower CONCURRENCY, a larger BATCH_SIZE, or a cheaper model.",
		thresholds(step{color: "green"}, step{1, "yellow"}, step{3, "red"})).
		Span(5).
		Orientation(common.VizOrientationAuto).
		WithTarget(query(quantile("0.5"), "p50")).
		WithTarget(query(quantile("0.99"), "p99"))
}

func cpuNow() cog.Builder[dashboard.Panel] {
	return glance("Host CPU busy", units.Percent,
		"100 % minus idle and waiting for disks, of the whole machine. To fill it is the aim: green from 95 %. Below: more CONCURRENCY, or AI_WORKERS.",
		thresholds(step{color: "blue"}, step{70, "yellow"}, step{95, "green"})).
		Span(4).
		Min(0).Max(100).Decimals(0).
		WithTarget(query(`100 * (1 - sum(mode:node_cpu_seconds:share5s{mode=~"idle|iowait"}))`, "busy"))
}

func queueNow() cog.Builder[dashboard.Panel] {
	depth, limit := fmt.Sprintf(`sum(batcher_queue_depth{%s})`, b), fmt.Sprintf(`sum(batcher_queue_limit{%s})`, b)
	return glance("Queue", units.Short,
		"Requests that wait for a batch, over the replicas of service-b, and how full that makes the queue. Red from 90 %: at 100 % requests are refused as busy; lower CONCURRENCY or raise QUEUE_LIMIT.",
		thresholds(step{color: "blue"})).
		Span(4).
		Orientation(common.VizOrientationAuto).
		Decimals(0).
		OverrideByName("of limit", []dashboard.DynamicConfigValue{
			property("unit", units.Percent),
			property("max", 100),
			property("thresholds", thresholds(step{color: "green"}, step{50, "yellow"}, step{90, "red"})),
		}).
		WithTarget(query(depth, "waiting")).
		WithTarget(query(`100 * `+depth+` / `+limit, "of limit"))
}

func fillNow() cog.Builder[dashboard.Panel] {
	return glance("Batch fill", units.Percent,
		"Mean size of the batches that ran, as part of BATCH_SIZE. Below 100 %: batches ran short at BATCH_TIMEOUT (PARTIAL_BATCH=flush); raise CONCURRENCY or lower BATCH_SIZE. No data: none ran.",
		thresholds(step{color: "red"}, step{50, "yellow"}, step{90, "green"})).
		Span(3).
		Min(0).Max(100).Decimals(0).
		WithTarget(query(fill(), "fill"))
}

// fill weighs replicas by the batches that they ran. Here as in other glances ">= 0" leaves out what is
// not a number, for which Grafana then says "No data".
func fill() string {
	return fmt.Sprintf(`100 * sum(rate(batcher_batch_size_sum{%[1]s}[$__rate_interval])) / sum(rate(batcher_batch_size_count{%[1]s}[$__rate_interval]) * batcher_batch_size_configured) >= 0`, b)
}

func failuresNow() cog.Builder[dashboard.Panel] {
	return glance("Not ok", units.RequestsPerSecond,
		"Requests per second that ended in anything but 200, as service-a counts them; without a service-a, as service-b does. Any at all is red: the chart QPS names the outcomes, README.md what to do about each.",
		thresholds(step{color: "green"}, step{0.01, "red"})).
		Span(4).
		WithTarget(query(fmt.Sprintf(`sum(job_instance_outcome:requests:rate5s{outcome!="ok", %s}) or sum(job_instance_outcome:requests:rate5s{outcome!="ok", %s})`, a, b), "not ok"))
}
