package main

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"batchlab/service-b/batch"
)

// batches collects what is known once a batch has run. A scrape sees all of a batch or nothing of it: otherwise
// batcher_batch_size_sum could exceed batcher_batch_slots_total. Safe for concurrent use.
type batches struct {
	mu       sync.Mutex // held while a batch is counted and while all are read
	triggers map[batch.Trigger]prometheus.Counter
	size     prometheus.Histogram
	slots    prometheus.Counter
	seconds  prometheus.Histogram
	failures prometheus.Counter

	all []prometheus.Metric
}

func newBatches() *batches {
	b := &batches{triggers: map[batch.Trigger]prometheus.Counter{}}
	triggers := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "batcher_batches_total", Help: "Batches handed to the model, by what made them run.",
	}, []string{"trigger"})
	for _, t := range []batch.Trigger{batch.TriggerFull, batch.TriggerTimeout, batch.TriggerDrain} {
		b.triggers[t] = triggers.WithLabelValues(string(t))
		b.all = append(b.all, b.triggers[t])
	}
	b.size = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "batcher_batch_size", Help: "Requests per batch handed to the model.",
		Buckets:                     []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000},
		NativeHistogramBucketFactor: 1.1,
	})
	b.slots = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "batcher_batch_slots_total", Help: "The BATCH_SIZE of each batch handed to the model, added up. Divide batcher_batch_size_sum by it to see how full the batches were.",
	})
	b.seconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "batcher_ai_seconds", Help: "Time of one call of the model.",
		Buckets: latencyBuckets(), NativeHistogramBucketFactor: 1.1,
	})
	b.failures = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "batcher_ai_failures_total", Help: "Calls of the model that failed, panicked, took longer than AI_TIMEOUT or returned a wrong number of results.",
	})
	b.all = append(b.all, b.size, b.slots, b.seconds, b.failures)
	return b
}

// count counts one call of the model.
func (b *batches) count(done batch.Batch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.triggers[done.Trigger].Inc()
	b.size.Observe(float64(done.Size))
	b.slots.Add(float64(done.Slots))
	b.seconds.Observe(done.Duration.Seconds())
	if done.Err != nil {
		b.failures.Inc()
	}
}

// Describe implements prometheus.Collector.
func (b *batches) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range b.all {
		ch <- m.Desc()
	}
}

// Collect implements prometheus.Collector. It sends copies, because the registry reads the values later.
func (b *batches) Collect(ch chan<- prometheus.Metric) {
	for _, m := range b.copies() {
		ch <- m
	}
}

func (b *batches) copies() (copies []prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.all {
		value := new(dto.Metric)
		_ = m.Write(value) // cannot fail on a counter or a histogram
		copies = append(copies, copied{m, value})
	}
	return copies
}

// copied is a counter or a histogram with the value of an earlier moment.
type copied struct {
	prometheus.Metric
	value *dto.Metric
}

// Write implements prometheus.Metric.
func (c copied) Write(out *dto.Metric) error {
	out.Label, out.Counter, out.Histogram = c.value.Label, c.value.Counter, c.value.Histogram
	return nil
}
