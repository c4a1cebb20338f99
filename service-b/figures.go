package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"batchlab/service-b/batch"
)

// figures are the metrics that a scrape takes from one reading of the batcher, so that they describe the same moment.
type figures struct{ stats func() batch.Stats }

// Describe implements prometheus.Collector.
func (f figures) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, ch) }

// Collect implements prometheus.Collector. The metrics are in pipeline order.
func (f figures) Collect(ch chan<- prometheus.Metric) {
	s := f.stats()
	show := func(kind prometheus.ValueType, name, help string, value float64) {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), kind, value)
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	show(gauge, "batcher_uptime_seconds", "Seconds since B started, at the moment when B's other figures were read.", s.Uptime.Seconds())
	show(gauge, "batcher_queue_depth", "Requests waiting for their call of the model to start.", float64(s.QueueDepth))
	show(gauge, "batcher_queue_limit", "The most requests that may wait; B rejects the rest as busy.", float64(s.Config.QueueLimit))
	show(gauge, "batcher_batch_size_configured", "Requests in a full batch.", float64(s.Config.Size))
	show(gauge, "batcher_ai_workers", "The most concurrent calls of the model.", float64(s.Config.Workers))
	show(gauge, "batcher_ai_in_flight", "Calls of the model in progress, overdue ones included.", float64(s.Running))
	show(gauge, "batcher_ai_overdue", "Calls that ignore AI_TIMEOUT: their requests are answered, but each still holds a worker.", float64(s.Overdue))
	show(counter, "batcher_ai_busy_seconds_total", "Time that workers have spent in calls of the model, in seconds, calls in progress included. Its rate is how many workers are busy.", s.Busy.Seconds())
}
