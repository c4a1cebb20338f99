package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"batchlab/internal/cpulimit"
	"batchlab/internal/hostid"
	"batchlab/service-b/api"
	"batchlab/service-b/batch"
	ai "batchlab/service-b/model"
)

// Names and help texts follow Prometheus' conventions.
func TestMetricNames(t *testing.T) {
	s := start(t, ai.Noop{})
	problems, err := testutil.GatherAndLint(s.metrics.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Every metric says what it counts. Histograms have native buckets, and classic ones for people.
func TestHelpAndBuckets(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=1")
	s.post(body)
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	latency := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	want := map[string][]float64{
		"batcher_batch_size": {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}, "batcher_ai_seconds": latency, "batcher_ts_diff_seconds": latency,
	}
	for _, family := range families {
		if family.GetHelp() == "" {
			t.Errorf("%s has no help text", family.GetName())
		}
		if !strings.HasPrefix(family.GetName(), "batcher_") || family.GetType() != dto.MetricType_HISTOGRAM {
			continue
		}
		h := family.GetMetric()[0].GetHistogram()
		var bounds []float64
		for _, bucket := range h.GetBucket() {
			bounds = append(bounds, bucket.GetUpperBound())
		}
		if !slices.Equal(bounds, want[family.GetName()]) || h.GetSchema() != 3 { // 2^(1/8) is below a factor of 1.1
			t.Errorf("%s: classic buckets %v, native schema %d; want %v, 3", family.GetName(), bounds, h.GetSchema(), want[family.GetName()])
		}
		delete(want, family.GetName())
	}
	if len(want) > 0 {
		t.Errorf("no histograms %v", want)
	}
}

// gathered returns every series of the batcher with its value: a counter's, a gauge's, or the sum of a
// histogram. Labels are part of the name.
func gathered(t *testing.T, registry prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, series := range family.GetMetric() {
			if strings.HasPrefix(family.GetName(), "batcher_") {
				values[family.GetName()+labelValues(series)] = series.GetCounter().GetValue() + series.GetGauge().GetValue() + series.GetHistogram().GetSampleSum()
			}
		}
	}
	return values
}

func labelValues(series *dto.Metric) (values string) {
	for _, l := range series.GetLabel() {
		values += " " + l.GetValue()
	}
	return values
}

func TestMetricValues(t *testing.T) {
	m := newMetrics()
	m.registry.MustRegister(figures{func() batch.Stats {
		return batch.Stats{QueueDepth: 1, Running: 2, Overdue: 3, Config: batch.Config{Size: 4, QueueLimit: 5, Workers: 6},
			Uptime: 7 * time.Second, Busy: 8500 * time.Millisecond}
	}})
	m.batches.count(batch.Batch{Size: 10, Slots: 10, Trigger: batch.TriggerFull, Duration: 2 * time.Second})
	m.batches.count(batch.Batch{Size: 3, Slots: 10, Trigger: batch.TriggerTimeout, Duration: time.Second, Err: errors.New("no GPU")})
	m.batches.count(batch.Batch{Size: 1, Slots: 5, Trigger: batch.TriggerDrain, Duration: time.Second})
	timing := batch.Timing{Fill: 500 * time.Millisecond, Worker: 1500 * time.Millisecond, Call: 4 * time.Second}
	for range 1000 { // enough for every shard
		m.served(api.Millis{Micros: 8_000_000}, 7*time.Second, timing)
	}
	m.served(api.Millis{Micros: -1}, 7*time.Second, timing) // its clock is wrong
	got := gathered(t, m.registry)
	for name, want := range map[string]float64{
		"batcher_uptime_seconds":              7,
		"batcher_queue_depth":                 1,
		"batcher_ai_in_flight":                2,
		"batcher_ai_overdue":                  3,
		"batcher_batch_size_configured":       4,
		"batcher_queue_limit":                 5,
		"batcher_ai_workers":                  6,
		"batcher_ai_busy_seconds_total":       8.5,
		"batcher_batches_total full":          1,
		"batcher_batches_total timeout":       1,
		"batcher_batches_total drain":         1,
		"batcher_batch_size":                  14,
		"batcher_batch_slots_total":           25,
		"batcher_ai_seconds":                  4,
		"batcher_ai_failures_total":           1,
		"batcher_requests_total ok":           1001,
		"batcher_requests_total busy":         0,
		"batcher_ts_diff_seconds":             1000 * 8,
		"batcher_clock_skew_total":            1,
		"batcher_stage_seconds_total network": 1000,
		"batcher_stage_seconds_total fill":    1001 * 0.5,
		"batcher_stage_seconds_total worker":  1001 * 1.5,
		"batcher_stage_seconds_total ai":      1001 * 4,
		"batcher_stage_seconds_total reply":   1001,
		"batcher_cpu_cores":                   cpulimit.Cores(),
		"batcher_host_info " + hostid.Boot():  1,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %v (%v), want %v", name, value, ok, want)
		}
	}
}

// A scrape reads the batcher once, so that its figures fit together while settings change.
func TestScrapeReadsTheBatcherOnce(t *testing.T) {
	readings := 0
	registry := prometheus.NewRegistry()
	registry.MustRegister(figures{func() batch.Stats {
		readings++
		return batch.Stats{QueueDepth: readings, Config: batch.Config{Size: readings, QueueLimit: readings}, Uptime: time.Duration(readings) * time.Second}
	}})
	before := readings
	got := gathered(t, registry)
	if readings != before+1 {
		t.Errorf("%d readings in a scrape", readings-before)
	}
	for _, name := range []string{"batcher_queue_depth", "batcher_queue_limit", "batcher_batch_size_configured", "batcher_uptime_seconds"} {
		if got[name] != float64(readings) {
			t.Errorf("%s is %v, want that of reading %d", name, got[name], readings)
		}
	}
}

func TestConfigChangedIsNowInSeconds(t *testing.T) {
	before := time.Now()
	m := newMetrics()
	m.setConfig("noop", nil)
	if got := testutil.ToFloat64(m.configChanged); got < float64(before.Unix()) || got > float64(time.Now().Unix()+1) {
		t.Errorf("changed at %v, now is %v", got, time.Now().Unix())
	}
}
