package main

import (
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// Knobs as labels of the _info metrics, in the order in which annotations list them.
var (
	knobsOfA = []string{"concurrency", "rate", "request_timeout", "busy_backoff", "warmup"}
	knobsOfB = []string{"batch_size", "batch_timeout", "partial_batch", "queue_limit", "ai_workers", "ai_model",
		"ai_batch_cost", "ai_item_cost"}
)

// annotations mark changes on every chart. A reads its knobs at start; B also takes them by PATCH
// /config. A restart of a monitoring process alone can change figures. Alerts notify nobody, so they
// must be visible here.
func annotations() []cog.Builder[dashboard.AnnotationQuery] {
	return []cog.Builder[dashboard.AnnotationQuery]{
		mark("service-a changes", "green",
			withKnobs(`process_start_time_seconds{`+a+`}`, "loadgen_config_info", knobsOfA),
			"service-a started", values(knobsOfA)).UseValueForTime(true),
		mark("service-b changes", "blue",
			withKnobs(`batcher_config_changed_timestamp_seconds{`+b+`}`, "batcher_config_info", knobsOfB),
			"service-b configured", values(knobsOfB)).UseValueForTime(true),
		mark("Monitoring restarts", "purple", `1000 * process_start_time_seconds{job=~"prometheus|grafana|node"}`,
			"{{job}} started", "{{instance}}").UseValueForTime(true),
		mark("Alerts", "red", `ALERTS{alertstate="firing"}`, "{{alertname}}", "{{job}} {{instance}}"),
	}
}

// withKnobs turns seconds since the epoch into milliseconds and adds the knobs as labels.
func withKnobs(seconds, info string, knobs []string) string {
	return fmt.Sprintf(`1000 * %s * on (job, instance) group_left (%s) %s`, seconds, strings.Join(knobs, ", "), info)
}

// values lists knobs as in .env, with the values of the labels.
func values(knobs []string) string {
	text := "{{instance}}:"
	for _, knob := range knobs {
		text += fmt.Sprintf(" %s={{%s}}", strings.ToUpper(knob), knob)
	}
	return text
}

// mark is shown while expr has values. Older Grafanas read expr and step, newer ones the target.
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
