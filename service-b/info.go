package main

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

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
