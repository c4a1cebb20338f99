package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"

	"batchlab/service-a/measure"
	"batchlab/service-a/trial"
)

// series are A's own metrics. Each scrape computes them from the histograms of the summaries, so that both agree.
type series struct {
	started time.Time
	now     func() trial.Figures
}

// newRegistry returns a registry of A's series, which each scrape reads from now, and those of the runtime and process.
func newRegistry(now func() trial.Figures) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&series{time.Now(), now}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// Describe implements prometheus.Collector. It describes nothing, so that only Collect lists the series.
func (s *series) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. The series are in pipeline order.
func (s *series) Collect(ch chan<- prometheus.Metric) {
	f := s.now()
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	counter := func(desc *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(v), labels...)
	}
	if f.Point.Concurrency > 0 { // before the first trial there is no point
		names, values := labels(f.Point.Settings)
		gauge(desc("config_info", "The configuration, one label for each variable; always 1.", names...), 1, values...)
		gauge(desc("concurrency", "Requests in flight that CONCURRENCY allows."), float64(f.Point.Concurrency))
		gauge(desc("rate", "Requests per second that RATE asks for; 0 in a closed loop."), f.Point.Plan.Rate)
	}
	gauge(desc("in_flight", "Requests in flight."), float64(f.InFlight))
	dropped := desc("dropped_total", "Open loop: requests that were due after the warm-up but not sent, "+
		"because CONCURRENCY were in flight or because a worker had no connection.", "reason")
	counter(dropped, f.Dropped-f.Unconnected, "in_flight")
	counter(dropped, f.Unconnected, "no_connection")
	ch <- s.histogram(desc("schedule_lag_seconds",
		"Open loop: how long after it was due a request was sent."), &f.Totals.Lag)
	for o, n := range f.Totals.Outcomes {
		counter(desc("requests_total", "Requests by outcome, warm-up included.", "outcome"), n, measure.Outcome(o).String())
	}
	ch <- s.histogram(desc("latency_seconds",
		"From when a request was due until its reply was read; ok replies, warm-up included."), &f.Totals.Latency)
	ch <- s.histogram(desc("ts_diff_seconds",
		"The ts_diff that the server replied; ok replies, warm-up included."), &f.Totals.TSDiff)
	gauge(desc("concurrency_below_batch_size",
		"1 when CONCURRENCY is below B's BATCH_SIZE and short batches fail, so that nothing can succeed."),
		map[bool]float64{true: 1}[f.CannotFill])
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("loadgen_"+name, help, labels, nil)
}

func labels(settings []measure.Setting) (names, values []string) {
	for _, setting := range settings {
		names = append(names, strings.ToLower(setting.Name))
		values = append(values, fmt.Sprint(setting.Value))
	}
	return names, values
}

// Native buckets are each 9 % wider than the one before.
const (
	nativeSchema  = 3
	perDoubling   = 1 << nativeSchema
	zeroThreshold = 1e-6 // the resolution of the measurement
)

// histogram shows h with native buckets and a short list of classic ones.
func (s *series) histogram(desc *prometheus.Desc, h *measure.Histogram) prometheus.Metric {
	var classic []*dto.Bucket
	for _, bound := range []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10} {
		classic = append(classic, &dto.Bucket{CumulativeCount: new(uint64), UpperBound: &bound})
	}
	native := map[int]int64{}
	var zero uint64
	for d, n := range h.Buckets() {
		v := d.Seconds()
		for _, bucket := range classic {
			if v <= *bucket.UpperBound {
				*bucket.CumulativeCount += uint64(n)
			}
		}
		if v <= zeroThreshold {
			zero += uint64(n)
			continue
		}
		native[int(math.Ceil(math.Log2(v)*perDoubling))] += n
	}
	m, err := prometheus.NewConstNativeHistogram(desc, uint64(h.Count()), h.Sum().Seconds(), native, nil,
		zero, nativeSchema, zeroThreshold, s.started)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return bothKinds{m, classic}
}

// bothKinds adds classic buckets to a native histogram.
type bothKinds struct {
	prometheus.Metric
	classic []*dto.Bucket
}

// Write implements prometheus.Metric.
func (b bothKinds) Write(out *dto.Metric) error {
	err := b.Metric.Write(out)
	if err == nil {
		out.Histogram.Bucket = b.classic
	}
	return err
}
