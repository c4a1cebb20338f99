package main

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"

	"batchlab/service-a/measure"
	"batchlab/service-a/trial"
)

// series are all of A's own metrics, in pipeline order. They are computed at each scrape, from the
// histograms that the summaries are made of. That keeps both equal and costs the workers nothing.
type series struct {
	started time.Time
	now     func() trial.Figures

	configInfo, concurrency, rate *prometheus.Desc
	inFlight, dropped, lag        *prometheus.Desc
	requests, latency, tsDiff     *prometheus.Desc
	cannotFill                    *prometheus.Desc
}

// newRegistry returns a registry of A's series, read from now at each scrape, and of those of the Go
// runtime and the process.
func newRegistry(cfg config, now func() trial.Figures) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newSeries(cfg, now), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

func newSeries(cfg config, now func() trial.Figures) *series {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("loadgen_"+name, help, labels, nil)
	}
	s := &series{started: time.Now(), now: now}
	var names []string
	for _, setting := range cfg.settings() {
		names = append(names, strings.ToLower(setting.Name))
	}
	s.configInfo = desc("config_info", "The configuration, one label for each variable; always 1.", names...)
	s.concurrency = desc("concurrency", "Requests in flight that CONCURRENCY allows.")
	s.rate = desc("rate", "Requests per second that RATE asks for; 0 in a closed loop.")
	s.inFlight = desc("in_flight", "Requests in flight.")
	s.dropped = desc("dropped_total", "Open loop: requests that were due, but not sent since CONCURRENCY were in flight.")
	s.lag = desc("schedule_lag_seconds", "Open loop: how long after it was due a request was sent.")
	s.requests = desc("requests_total", "Requests by outcome, warm-up included.", "outcome")
	s.latency = desc("latency_seconds", "From when a request was due until its reply was read; ok replies, warm-up included.")
	s.tsDiff = desc("ts_diff_seconds", "The ts_diff that the server replied; ok replies, warm-up included.")
	s.cannotFill = desc("concurrency_below_batch_size", "1 when CONCURRENCY is below B's BATCH_SIZE and short batches fail, so that nothing can succeed.")
	return s
}

// Describe implements prometheus.Collector.
func (s *series) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.configInfo, s.concurrency, s.rate, s.inFlight, s.dropped, s.lag,
		s.requests, s.latency, s.tsDiff, s.cannotFill} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *series) Collect(ch chan<- prometheus.Metric) {
	f := s.now()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if f.Point.Concurrency > 0 { // there is no point before the first trial
		gauge(s.configInfo, 1, labels(f.Point.Settings)...)
		gauge(s.concurrency, float64(f.Point.Concurrency))
		gauge(s.rate, f.Point.Plan.Rate)
	}
	gauge(s.inFlight, float64(f.InFlight))
	ch <- prometheus.MustNewConstMetric(s.dropped, prometheus.CounterValue, float64(f.Dropped))
	ch <- s.histogram(s.lag, &f.Totals.Lag)
	for o, n := range f.Totals.Outcomes {
		ch <- prometheus.MustNewConstMetric(s.requests, prometheus.CounterValue, float64(n), measure.Outcome(o).String())
	}
	ch <- s.histogram(s.latency, &f.Totals.Latency)
	ch <- s.histogram(s.tsDiff, &f.Totals.TSDiff)
	gauge(s.cannotFill, map[bool]float64{true: 1}[f.CannotFill])
}

func labels(settings []measure.Setting) (values []string) {
	for _, setting := range settings {
		values = append(values, fmt.Sprint(setting.Value))
	}
	return values
}

// Buckets of the histograms: native ones, each 9 % wider than the one before, and a short classic list.
const (
	nativeSchema  = 3
	perDoubling   = 1 << nativeSchema
	zeroThreshold = 1e-6 // the resolution of the measurement
)

func classicBounds() []float64 {
	return []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
}

// histogram shows h with both kinds of buckets.
func (s *series) histogram(desc *prometheus.Desc, h *measure.Histogram) prometheus.Metric {
	native := map[int]int64{}
	bounds := classicBounds()
	classic := make([]uint64, len(bounds)+1)
	var zero uint64
	for d, n := range h.Buckets() {
		v := d.Seconds()
		classic[sort.SearchFloat64s(bounds, v)] += uint64(n)
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
	return bothKinds{m, bounds, classic}
}

// bothKinds adds classic buckets to a native histogram.
type bothKinds struct {
	prometheus.Metric
	bounds []float64
	counts []uint64 // of each bucket alone, the last being above all bounds
}

// Write implements prometheus.Metric.
func (b bothKinds) Write(out *dto.Metric) error {
	if err := b.Metric.Write(out); err != nil {
		return err
	}
	var cumulative uint64
	for i := range b.bounds {
		cumulative += b.counts[i]
		out.Histogram.Bucket = append(out.Histogram.Bucket, &dto.Bucket{CumulativeCount: new(cumulative), UpperBound: &b.bounds[i]})
	}
	return nil
}
