package main

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"batchlab/service-a/measure"
	"batchlab/service-a/trial"
)

// gather returns the metric families of a registry that shows f.
func gather(t *testing.T, f trial.Figures) map[string]*dto.MetricFamily {
	t.Helper()
	gathered, err := newRegistry(func() trial.Figures { return f }).Gather()
	if err != nil {
		t.Fatal(err)
	}
	families := map[string]*dto.MetricFamily{}
	for _, family := range gathered {
		families[family.GetName()] = family
	}
	return families
}

func TestSeries(t *testing.T) {
	r := measure.NewRecorder(1, true)
	r.Record(0, measure.Sample{Outcome: measure.OK, Due: time.Second, End: 1500 * time.Millisecond, TSDiff: 400 * time.Millisecond, Lag: 2 * time.Millisecond})
	r.Record(0, measure.Sample{Outcome: measure.LeftOver})
	cfg, err := parseConfig([]string{"RATE=2.5", "CONCURRENCY=31"})
	if err != nil {
		t.Fatal(err)
	}
	families := gather(t, trial.Figures{Totals: r.Totals(), Point: cfg.trial(), InFlight: 7, Dropped: 8, Unconnected: 3, CannotFill: true})
	for name, want := range map[string]float64{
		"loadgen_config_info": 1, "loadgen_concurrency": 31, "loadgen_rate": 2.5, "loadgen_in_flight": 7,
		"loadgen_concurrency_below_batch_size": 1,
	} {
		m := families[name].GetMetric()
		if len(m) != 1 || m[0].GetGauge().GetValue()+m[0].GetCounter().GetValue() != want {
			t.Errorf("%s = %v, want %g", name, m, want)
		}
	}
	info := map[string]string{}
	for _, label := range families["loadgen_config_info"].GetMetric()[0].GetLabel() {
		info[label.GetName()] = label.GetValue()
	}
	if info["concurrency"] != "31" || info["rate"] != "2.5" || info["request_timeout"] != "3s" || len(info) != len(cfg.settings()) {
		t.Errorf("loadgen_config_info = %v, want concurrency 31, rate 2.5 and the other variables", info)
	}
	for name, want := range map[string]float64{
		"loadgen_latency_seconds": 0.5, "loadgen_ts_diff_seconds": 0.4, "loadgen_schedule_lag_seconds": 0.002,
	} {
		if h := families[name].GetMetric()[0].GetHistogram(); h.GetSampleSum() != want {
			t.Errorf("%s has the sum %g, want %g", name, h.GetSampleSum(), want)
		}
	}
	byLabel := func(name string) map[string]float64 {
		values := map[string]float64{}
		for _, m := range families[name].GetMetric() {
			values[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
		}
		return values
	}
	if dropped := byLabel("loadgen_dropped_total"); len(dropped) != 2 || dropped["in_flight"] != 5 || dropped["no_connection"] != 3 {
		t.Errorf("loadgen_dropped_total = %v, want 5 in_flight and 3 no_connection", dropped)
	}
	outcomes := byLabel("loadgen_requests_total")
	if len(outcomes) != len(measure.Counts{}) || outcomes["ok"] != 1 || outcomes["left_over"] != 1 || outcomes["busy"] != 0 {
		t.Errorf("loadgen_requests_total = %v, want each outcome, 1 ok and 1 left_over", outcomes)
	}
	for _, name := range []string{"go_goroutines", "process_cpu_seconds_total"} {
		if families[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

// Before the first trial there is no point, but the counters exist and are 0.
func TestSeriesBeforeTheFirstTrial(t *testing.T) {
	families := gather(t, trial.Figures{Totals: &measure.Totals{}})
	for _, name := range []string{"loadgen_config_info", "loadgen_concurrency", "loadgen_rate"} {
		if families[name] != nil {
			t.Errorf("%s is shown: %v", name, families[name])
		}
	}
	if m := families["loadgen_requests_total"].GetMetric(); len(m) != len(measure.Counts{}) || m[0].GetCounter().GetValue() != 0 {
		t.Errorf("loadgen_requests_total = %v, want each outcome at 0", m)
	}
}

// Both kinds of buckets count every value, in a bucket whose bounds contain it.
func TestHistogramHasBothKinds(t *testing.T) {
	for _, d := range []time.Duration{0, time.Microsecond, 999 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond,
		2510 * time.Microsecond, 99 * time.Millisecond, 5 * time.Second, 10 * time.Second, 500 * time.Second} {
		var totals measure.Totals
		for range 3 {
			totals.TSDiff.Record(d)
		}
		h := gather(t, trial.Figures{Totals: &totals})["loadgen_ts_diff_seconds"].GetMetric()[0].GetHistogram()
		if h.GetSampleCount() != 3 || math.Abs(h.GetSampleSum()-3*d.Seconds()) > 1e-9 {
			t.Errorf("%v: count, sum = %d %g, want 3 %g", d, h.GetSampleCount(), h.GetSampleSum(), 3*d.Seconds())
		}
		for _, bucket := range h.GetBucket() {
			want := uint64(0)
			if d.Seconds() <= bucket.GetUpperBound() {
				want = 3
			}
			if bucket.GetCumulativeCount() != want {
				t.Errorf("%v: %d at most %g s, want %d", d, bucket.GetCumulativeCount(), bucket.GetUpperBound(), want)
			}
		}
		if d.Seconds() <= h.GetZeroThreshold() {
			if h.GetZeroCount() != 3 {
				t.Errorf("%v: zero bucket holds %d, want 3", d, h.GetZeroCount())
			}
			continue
		}
		spans := h.GetPositiveSpan()
		if len(spans) != 1 || spans[0].GetLength() != 1 || h.GetPositiveDelta()[0] != 3 {
			t.Fatalf("%v: native spans %v deltas %v, want one bucket of 3", d, spans, h.GetPositiveDelta())
		}
		factor := math.Pow(2, math.Pow(2, -float64(h.GetSchema())))
		upper := math.Pow(factor, float64(spans[0].GetOffset()))
		if v := d.Seconds(); v > upper*1.001 || v < upper/factor*0.999 {
			t.Errorf("%v is in the native bucket (%g, %g]", d, upper/factor, upper)
		}
	}
}

func TestRegistryIsOwn(t *testing.T) {
	before, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	gather(t, trial.Figures{Totals: &measure.Totals{}})
	after, err := prometheus.DefaultGatherer.Gather()
	if err != nil || len(after) != len(before) {
		t.Errorf("the default registry went from %d to %d families (%v)", len(before), len(after), err)
	}
}

// Names and help texts follow Prometheus' conventions.
func TestMetricNames(t *testing.T) {
	problems, err := testutil.GatherAndLint(newRegistry(func() trial.Figures { return trial.Figures{Totals: &measure.Totals{}} }))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
