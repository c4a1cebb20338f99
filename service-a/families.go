package main

import (
	"fmt"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"batchlab/service-a/measure"
)

// families are the metrics of one instance; nil when it did not answer.
type families map[string]*dto.MetricFamily

func parseMetrics(resp *http.Response) (families, error) {
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics answered %s", resp.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(resp.Body)
}

// value is that of a metric without labels; 0 when there is none.
func (f families) value(name string) float64 {
	for _, m := range f[name].GetMetric() {
		return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue() // one of them is there
	}
	return 0
}

// histogram returns the sum and the count of a histogram without labels.
func (f families) histogram(name string) (sum, count float64) {
	for _, m := range f[name].GetMetric() {
		return m.GetHistogram().GetSampleSum(), float64(m.GetHistogram().GetSampleCount())
	}
	return 0, 0
}

// counters are what an instance has used since it started.
func (f families) counters() measure.ServerCounters {
	c := measure.ServerCounters{CPUSeconds: f.value("process_cpu_seconds_total")}
	c.AISeconds, _ = f.histogram("batcher_ai_seconds")
	c.Batched, c.Batches = f.histogram("batcher_batch_size")
	return c
}

func (f families) label(metric, label string) string {
	for _, m := range f[metric].GetMetric() {
		for _, pair := range m.GetLabel() {
			if pair.GetName() == label {
				return pair.GetValue()
			}
		}
	}
	return ""
}
