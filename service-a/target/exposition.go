package target

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// exposition is the content of one replica's /metrics, by metric name.
type exposition map[string]*dto.MetricFamily

func (a *Admin) scrape(ctx context.Context, addr netip.AddrPort) (exposition, error) {
	ctx, cancel := context.WithTimeout(ctx, a.figuresWithin)
	defer cancel()
	text, err := a.do(ctx, http.MethodGet, addr, "metrics", nil)
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(bytes.NewReader(text))
}

// first is the first series of a metric; its getters return zeros if there is none.
func (e exposition) first(name string) *dto.Metric {
	for _, m := range e[name].GetMetric() {
		return m
	}
	return nil
}

func (e exposition) value(name string) float64 {
	m := e.first(name)
	return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue() // the others are 0
}

// labels are the labels of the first series of a metric.
func (e exposition) labels(metric string) map[string]string {
	labels := map[string]string{}
	for _, label := range e.first(metric).GetLabel() {
		labels[label.GetName()] = label.GetValue()
	}
	return labels
}
