package main

import (
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// annotations are marks on every chart of the page.
func annotations() []cog.Builder[dashboard.AnnotationQuery] {
	return []cog.Builder[dashboard.AnnotationQuery]{
		changesOfA(), changesOfB(), restarts(), firingAlerts(),
	}
}

// Knobs as labels of the _info series, in the order in which a mark names them.
var (
	knobsOfA = []string{"concurrency", "rate", "request_timeout", "busy_backoff", "warmup"}
	knobsOfB = []string{"batch_size", "batch_timeout", "partial_batch", "queue_limit", "ai_workers", "ai_model", "ai_batch_cost", "ai_item_cost"}
)

// changesOfA: A takes its knobs at its start, and only then.
func changesOfA() cog.Builder[dashboard.AnnotationQuery] {
	return moment("service-a changes", "green",
		fmt.Sprintf(`1000 * process_start_time_seconds{%s} * on (job, instance) group_left (%s) loadgen_config_info`, a, strings.Join(knobsOfA, ", ")),
		"service-a started", values(knobsOfA))
}

// changesOfB: B takes new knobs at its start, and by PATCH /config.
func changesOfB() cog.Builder[dashboard.AnnotationQuery] {
	return moment("service-b changes", "blue",
		fmt.Sprintf(`1000 * batcher_config_changed_timestamp_seconds{%s} * on (job, instance) group_left (%s) batcher_config_info`, b, strings.Join(knobsOfB, ", ")),
		"service-b configured", values(knobsOfB))
}

// restarts of what watches: figures before and after may differ for that reason alone.
func restarts() cog.Builder[dashboard.AnnotationQuery] {
	return moment("Watchers restart", "purple",
		`1000 * process_start_time_seconds{job=~"prometheus|grafana|node"}`,
		"{{job}} started", "{{instance}}")
}

// firingAlerts are those of prometheus/rules.yml: nobody is called, so the charts must show them.
func firingAlerts() cog.Builder[dashboard.AnnotationQuery] {
	return mark("Alerts", "red", `ALERTS{alertstate="firing"}`, "{{alertname}}", "{{job}} {{instance}}")
}

// moment is a mark at the times that the values of expr are, in milliseconds since the epoch.
func moment(name, color, expr, title, text string) *dashboard.AnnotationQueryBuilder {
	return mark(name, color, expr, title, text).UseValueForTime(true)
}

// mark is there while expr has values. Older Grafanas read expr and step, newer ones the target.
func mark(name, color, expr, title, text string) *dashboard.AnnotationQueryBuilder {
	return dashboard.NewAnnotationQueryBuilder().
		Name(name).
		Datasource(datasource()).
		Enable(true).
		IconColor(color).
		Expr(expr).
		Step("1s").
		Target(prometheus.NewDataqueryBuilder().RefId("Anno").Datasource(datasource()).Expr(expr).Range().Interval("1s")).
		TitleFormat(title).
		TextFormat(text)
}

// values names the knobs as .env does, with the values that the labels have.
func values(knobs []string) string {
	parts := []string{"{{instance}}:"}
	for _, knob := range knobs {
		parts = append(parts, fmt.Sprintf("%s={{%s}}", strings.ToUpper(knob), knob))
	}
	return strings.Join(parts, " ")
}
