package main

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	dto "github.com/prometheus/client_model/go"

	"batchlab/internal/settings"
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

// metrics are all series of service-b, in pipeline order. Safe for concurrent use; children are resolved once.
type metrics struct {
	registry      *prometheus.Registry
	requests      [outcomes]prometheus.Counter
	batches       map[batch.Trigger]prometheus.Counter
	batchSize     prometheus.Histogram
	aiSeconds     prometheus.Histogram
	aiFailures    prometheus.Counter
	stages        [stages]prometheus.Counter
	tsDiff        prometheus.Histogram
	clockSkew     prometheus.Counter
	configInfo    *infoMetric
	configChanged prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), batches: map[batch.Trigger]prometheus.Counter{}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registered := promauto.With(m.registry)
	requests := registered.NewCounterVec(prometheus.CounterOpts{
		Name: "batcher_requests_total", Help: "Requests to /testB, by how they ended.",
	}, []string{"outcome"})
	for o := range outcomes {
		m.requests[o] = requests.WithLabelValues(o.String())
	}
	batches := registered.NewCounterVec(prometheus.CounterOpts{
		Name: "batcher_batches_total", Help: "Batches handed to the model, by what made them run.",
	}, []string{"trigger"})
	for _, t := range []batch.Trigger{batch.TriggerFull, batch.TriggerTimeout, batch.TriggerDrain} {
		m.batches[t] = batches.WithLabelValues(string(t))
	}
	m.batchSize = registered.NewHistogram(prometheus.HistogramOpts{
		Name: "batcher_batch_size", Help: "Requests per batch handed to the model.",
		Buckets:                     []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000},
		NativeHistogramBucketFactor: 1.1,
	})
	m.aiSeconds = registered.NewHistogram(prometheus.HistogramOpts{
		Name: "batcher_ai_seconds", Help: "Time of one call of the model.",
		Buckets: latencyBuckets(), NativeHistogramBucketFactor: 1.1,
	})
	m.aiFailures = registered.NewCounter(prometheus.CounterOpts{
		Name: "batcher_ai_failures_total", Help: "Calls of the model that failed, panicked, took longer than AI_TIMEOUT or returned a wrong number of results.",
	})
	stageSeconds := registered.NewCounterVec(prometheus.CounterOpts{
		Name: "batcher_stage_seconds_total", Help: "Where the time of ok replies went; the stages sum to batcher_ts_diff_seconds_sum, except for replies with clock skew.",
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
	return m
}

// latencyBuckets are the classic buckets beside the native ones, for people who read /metrics themselves.
func latencyBuckets() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
}

// watchBatcher adds the gauges that each scrape reads from the batcher.
func (m *metrics) watchBatcher(stats func() batch.Stats) {
	gauge := func(name, help string, value func(batch.Stats) int) {
		promauto.With(m.registry).NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value(stats())) })
	}
	gauge("batcher_queue_depth", "Requests waiting for their call of the model to start.", func(s batch.Stats) int { return s.QueueDepth })
	gauge("batcher_queue_limit", "The most requests that may wait; B rejects the rest as busy.", func(s batch.Stats) int { return s.Config.QueueLimit })
	gauge("batcher_batch_size_configured", "Requests in a full batch.", func(s batch.Stats) int { return s.Config.Size })
	gauge("batcher_ai_workers", "The most concurrent calls of the model.", func(s batch.Stats) int { return s.Config.Workers })
	gauge("batcher_ai_in_flight", "Calls of the model in progress, overdue ones included.", func(s batch.Stats) int { return s.Running })
	gauge("batcher_ai_overdue", "Calls that ignore AI_TIMEOUT: their requests are answered, but each still holds a worker.", func(s batch.Stats) int { return s.Overdue })
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

// infoMetric is a gauge that is always 1. Its labels change as a whole: a scrape sees the old ones or the
// new ones, never both and never none. It is safe for concurrent use.
type infoMetric struct {
	name, help string
	current    atomic.Pointer[prometheus.Metric]
}

func (i *infoMetric) set(labels prometheus.Labels) {
	desc := prometheus.NewDesc(i.name, i.help, nil, labels)
	i.current.Store(new(prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 1)))
}

// Describe implements prometheus.Collector. The labels are not known in advance.
func (i *infoMetric) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (i *infoMetric) Collect(ch chan<- prometheus.Metric) {
	if metric := i.current.Load(); metric != nil {
		ch <- *metric
	}
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

// batchDone counts one call of the model.
func (m *metrics) batchDone(b batch.Batch) {
	m.batches[b.Trigger].Inc()
	m.batchSize.Observe(float64(b.Size))
	m.aiSeconds.Observe(b.Duration.Seconds())
	if b.Err != nil {
		m.aiFailures.Inc()
	}
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
