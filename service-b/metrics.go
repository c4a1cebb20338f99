package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	dto "github.com/prometheus/client_model/go"

	"batchlab/internal/cpulimit"
	"batchlab/internal/hostid"
	"batchlab/internal/settings"
	"batchlab/internal/threadtime"
	"batchlab/service-b/api"
	"batchlab/service-b/batch"
)

// outcome is how a request to /testB ended.
type outcome int

const (
	outcomeOK outcome = iota
	outcomeBusy
	outcomeIncomplete
	outcomeInvalid
	outcomeTooLarge
	outcomeCanceled
	outcomeFailed
	outcomeDraining
	outcomes
)

func (o outcome) String() string {
	return [outcomes]string{"ok", "busy", "incomplete", "invalid", "too_large", "canceled", "failed", "draining"}[o]
}

// plausible is the range of ts_diff. Outside it, the clocks disagree or a load tool sends a fixed ts.
const plausible = 10 * time.Minute

// metrics are all series of service-b, in pipeline order, except figures and the model's own. Safe for concurrent use;
// children are resolved once.
type metrics struct {
	registry      *prometheus.Registry
	requests      [outcomes]prometheus.Counter
	batches       *batches
	aiCPU         prometheus.Counter
	stages        [stages]prometheus.Counter
	tsDiff        prometheus.Histogram
	clockSkew     prometheus.Counter
	configInfo    *infoMetric
	configChanged prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), batches: newBatches()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registered := promauto.With(m.registry)
	requests := registered.NewCounterVec(prometheus.CounterOpts{
		Name: "batcher_requests_total", Help: "Requests to /testB, by how they ended.",
	}, []string{"outcome"})
	for o := range outcomes {
		m.requests[o] = requests.WithLabelValues(o.String())
	}
	m.registry.MustRegister(m.batches)
	m.aiCPU = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "batcher_ai_cpu_seconds_total", Help: "CPU time that calls of the model used, in seconds, added when a call returns. CPU time of other goroutines that the model starts is not in it.",
	})
	if _, ok := threadtime.Now(); ok {
		m.registry.MustRegister(m.aiCPU)
	}
	stageSeconds := registered.NewCounterVec(prometheus.CounterOpts{
		Name: "batcher_stage_seconds_total", Help: "Where the time of ok replies went, in seconds: network, fill (waiting for the batch to fill), worker (waiting for a free worker), ai, reply. The stages sum to batcher_ts_diff_seconds_sum, except for replies with clock skew.",
	}, []string{"stage"})
	for s := range stages {
		m.stages[s] = stageSeconds.WithLabelValues(s.String())
	}
	m.tsDiff = registered.NewHistogram(prometheus.HistogramOpts{
		Name: "batcher_ts_diff_seconds", Help: "Reply time minus the ts that the client sent, over ok replies.",
		Buckets: latencyBuckets(), NativeHistogramBucketFactor: 1.1,
	})
	m.clockSkew = registered.NewCounter(prometheus.CounterOpts{
		Name: "batcher_clock_skew_total", Help: "Ok replies with a ts_diff below 0 or above 10 minutes; batcher_ts_diff_seconds leaves them out.",
	})
	m.configInfo = &infoMetric{name: "batcher_config_info", help: "The settings in force, as labels; always 1."}
	m.registry.MustRegister(m.configInfo)
	m.configChanged = registered.NewGauge(prometheus.GaugeOpts{
		Name: "batcher_config_changed_timestamp_seconds", Help: "When the configuration last changed, since the Unix epoch.",
	})
	registered.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "batcher_cpu_cores", Help: "Cores that B may use: GOMAXPROCS, or the CPU limit of its container if lower.",
	}, cpulimit.Cores)
	registered.NewGauge(prometheus.GaugeOpts{
		Name: "batcher_host_info", Help: "The host that B runs on: the id of its running kernel, as a label; always 1.",
		ConstLabels: prometheus.Labels{"boot_id": hostid.Boot()},
	}).Set(1)
	return m
}

// latencyBuckets are the classic buckets beside the native ones, for people who read /metrics themselves.
func latencyBuckets() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
}

// setConfig records the settings that now apply.
func (m *metrics) setConfig(aiModel string, structs []any) {
	labels := prometheus.Labels{"ai_model": aiModel}
	for f := range settings.Fields(structs...) {
		if f.Key != "" {
			labels[f.Key] = f.Text()
		}
	}
	m.configInfo.set(labels)
	m.configChanged.Set(float64(time.Now().UnixMicro()) / 1e6)
}

// count returns how many requests have had that outcome.
func (m *metrics) count(o outcome) float64 {
	var value dto.Metric
	_ = m.requests[o].Write(&value) // cannot fail on a counter
	return value.GetCounter().GetValue()
}

// answered returns all counts as attributes of a log line.
func (m *metrics) answered() []any {
	var attributes []any
	for o := range outcomes {
		attributes = append(attributes, o.String(), int64(m.count(o)))
	}
	return attributes
}

// served counts an ok reply. tsDiff is the one in the reply; handled is the time since the request was admitted.
func (m *metrics) served(tsDiff api.Millis, handled time.Duration, timing batch.Timing) {
	m.requests[outcomeOK].Inc()
	counted := handled
	if tsDiff.Micros < 0 || tsDiff.Micros > plausible.Microseconds() {
		m.clockSkew.Inc()
	} else {
		counted = tsDiff.Duration()
		m.tsDiff.Observe(counted.Seconds())
	}
	for s, d := range stagesOf(counted, handled, timing) {
		m.stages[s].Add(d.Seconds())
	}
}
