package target

import (
	"bytes"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"batchlab/service-a/measure"
)

// exposition is what /metrics of one replica showed, by metric name.
type exposition map[string]*dto.MetricFamily

func parseExposition(text []byte) (exposition, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(bytes.NewReader(text))
}

// value is that of a metric without labels; 0 if there is none.
func (e exposition) value(name string) float64 {
	for _, m := range e[name].GetMetric() {
		return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue() // it has one of them
	}
	return 0
}

// histogram returns the sum and the count of a histogram without labels.
func (e exposition) histogram(name string) (sum, count float64) {
	for _, m := range e[name].GetMetric() {
		return m.GetHistogram().GetSampleSum(), float64(m.GetHistogram().GetSampleCount())
	}
	return 0, 0
}

// label is the value of a label of the first series of a metric.
func (e exposition) label(metric, label string) string {
	for _, m := range e[metric].GetMetric() {
		for _, pair := range m.GetLabel() {
			if pair.GetName() == label {
				return pair.GetValue()
			}
		}
	}
	return ""
}

// counters count from the start of the replica.
func (e exposition) counters() measure.ServerCounters {
	c := measure.ServerCounters{CPUSeconds: e.value("process_cpu_seconds_total")}
	c.AISeconds, _ = e.histogram("batcher_ai_seconds")
	c.Batched, c.Batches = e.histogram("batcher_batch_size")
	return c
}
