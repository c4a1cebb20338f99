package main

import (
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// Knobs, as labels of the _info metrics, in the order of the annotations' text.
var (
	knobsOfA = []string{"concurrency", "rate", "request_timeout", "busy_backoff", "warmup"}
	knobsOfB = []string{"batch_size", "batch_timeout", "partial_batch", "queue_limit", "ai_workers", "ai_model",
		"ai_batch_cost", "ai_item_cost"}
)

// annotations mark what can change figures: knobs (read at start, and B's also set by PATCH /config) and restarts.
// They also mark alerts, which notify nobody and so must be visible here.
func annotations() []cog.Builder[dashboard.AnnotationQuery] {
	return []cog.Builder[dashboard.AnnotationQuery]{
		settings("service-a changes", "green", "service-a started",
			`process_start_time_seconds{`+a+`}`, "loadgen_config_info", knobsOfA),
		settings("service-b changes", "blue", "service-b configured",
			`batcher_config_changed_timestamp_seconds{`+b+`}`, "batcher_config_info", knobsOfB),
		mark("Monitoring restarts", "purple", `1000 * process_start_time_seconds{job=~"prometheus|grafana|node"}`,
			"{{job}} started", "{{instance}}").UseValueForTime(true),
		mark("Alerts", "red", `ALERTS{alertstate="firing"}`, "{{alertname}}", "{{job}} {{instance}}"),
	}
}

// settings marks the time that expr yields, in seconds since the epoch. It lists knobs as in .env, from info's labels.
func settings(name, color, title, expr, info string, knobs []string) *dashboard.AnnotationQueryBuilder {
	expr = fmt.Sprintf(`1000 * %s * on (job, instance) group_left (%s) %s`, expr, strings.Join(knobs, ", "), info)
	text := "{{instance}}:"
	for _, knob := range knobs {
		text += fmt.Sprintf(" %s={{%s}}", strings.ToUpper(knob), knob)
	}
	return mark(name, color, expr, title, text).UseValueForTime(true)
}

// mark is an annotation while expr has values. Older Grafanas read expr and step, newer ones the target.
func mark(name, color, expr, title, text string) *dashboard.AnnotationQueryBuilder {
	return dashboard.NewAnnotationQueryBuilder().
		Name(name).
		Datasource(datasource()).
		IconColor(color).
		Expr(expr).
		Step("1s").
		Target(prometheus.NewDataqueryBuilder().RefId("Anno").Datasource(datasource()).Expr(expr).Range().Interval("1s")).
		TitleFormat(title).
		TextFormat(text)
}
