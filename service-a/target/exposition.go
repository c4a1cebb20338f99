package target

import (
	dto "github.com/prometheus/client_model/go"

	"batchlab/service-a/measure"
)

// exposition is what /metrics of one replica showed, by metric name.
type exposition map[string]*dto.MetricFamily

// first is the first series of a metric; its getters return zeros if there is none.
func (e exposition) first(name string) *dto.Metric {
	for _, m := range e[name].GetMetric() {
		return m
	}
	return nil
}

func (e exposition) value(name string) float64 {
	m := e.first(name)
	return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue() // it has one of them
}

// label is the value of a label of the first series of a metric.
func (e exposition) label(metric, name string) (value string) {
	for _, pair := range e.first(metric).GetLabel() {
		if pair.GetName() == name {
			value = pair.GetValue()
		}
	}
	return value
}

// counters count from the start of the replica.
func (e exposition) counters() measure.ServerCounters {
	ai := e.first("batcher_ai_seconds").GetHistogram()
	batches := e.first("batcher_batch_size").GetHistogram()
	return measure.ServerCounters{
		CPUSeconds: e.value("process_cpu_seconds_total"), AISeconds: ai.GetSampleSum(),
		Batches: float64(batches.GetSampleCount()), Batched: batches.GetSampleSum(),
	}
}
