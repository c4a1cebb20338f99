package target

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"batchlab/service-a/measure"
)

// reading is one replica's metrics.
type reading struct {
	addr    netip.AddrPort
	metrics exposition
}

// Figures reads the metrics of all replicas at once. It leaves out those that do not answer in time.
func (a *Admin) Figures(ctx context.Context) measure.Server {
	if a == nil {
		return measure.Server{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.resolver.Endpoints().Order(0)) == 0 {
		_ = a.resolver.Refresh(ctx) // without an address, nothing answers
	}
	readings, err := ask(a.resolver.Endpoints(), func(addr netip.AddrPort) (reading, error) { return a.scrape(ctx, addr) })
	if err != nil {
		a.resolver.Failed()
	}
	var server measure.Server
	for _, r := range readings {
		a.count(r.addr, r.metrics.counters())
		a.add(&server, r.metrics)
	}
	server.At, server.Used = time.Now(), a.used
	return server
}

func (a *Admin) scrape(ctx context.Context, addr netip.AddrPort) (reading, error) {
	ctx, cancel := context.WithTimeout(ctx, a.figuresWithin)
	defer cancel()
	text, err := a.do(ctx, http.MethodGet, addr, "metrics", nil)
	if err != nil {
		return reading{}, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	metrics, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	return reading{addr, metrics}, err
}

// add adds one more replica to server.
func (a *Admin) add(server *measure.Server, replica exposition) {
	server.Instances++
	server.QueueDepth += int(replica.value("batcher_queue_depth"))
	server.QueueLimit += int(replica.value("batcher_queue_limit"))
	server.Workers += int(replica.value("batcher_ai_workers"))
	server.Cores += replica.value("batcher_cpu_cores")
	here := a.bootID != "" && replica.label("batcher_host_info", "boot_id") == a.bootID
	server.SameHost = here && (server.SameHost || server.Instances == 1)
	server.BatchSize = max(server.BatchSize, int(replica.value("batcher_batch_size_configured")))
	if server.Partial != "fail" { // one "fail" is enough for the warning
		server.Partial = replica.label("batcher_config_info", "partial_batch")
	}
}

// count adds what a replica used since its last reading. If a counter fell, the replica restarted, so all of it is new.
func (a *Admin) count(addr netip.AddrPort, now measure.ServerCounters) {
	before, known := a.last[addr]
	a.last[addr] = now
	if !known {
		return
	}
	since := now.Plus(-1, before)
	if min(since.CPUSeconds, since.AISeconds, since.Batches, since.Batched) < 0 {
		since = now
	}
	a.used = a.used.Plus(1, since)
}

// exposition is the content of one replica's /metrics, by metric name.
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
	return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue() // the others are 0
}

// label is a label's value in the first series of a metric; "" if there is none.
func (e exposition) label(metric, name string) string {
	for _, label := range e.first(metric).GetLabel() {
		if label.GetName() == name {
			return label.GetValue()
		}
	}
	return ""
}

// counters returns the counters since the start of the replica.
func (e exposition) counters() measure.ServerCounters {
	ai := e.first("batcher_ai_seconds").GetHistogram()
	batches := e.first("batcher_batch_size").GetHistogram()
	return measure.ServerCounters{
		CPUSeconds: e.value("process_cpu_seconds_total"), AISeconds: ai.GetSampleSum(),
		Batches: float64(batches.GetSampleCount()), Batched: batches.GetSampleSum(),
	}
}
