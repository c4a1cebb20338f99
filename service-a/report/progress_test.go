package report

import (
	"testing"
	"time"

	"batchlab/service-a/measure"
)

func progress() Progress {
	var p Progress
	p.Elapsed, p.Duration = 12*time.Second+300*time.Millisecond, 30*time.Second
	p.QPS, p.MeanQPS, p.P50, p.P99 = 8123.4, 8000.1, 12340*time.Microsecond, 45670*time.Microsecond
	p.Replies, p.InFlight, p.Outcomes[measure.OK], p.Outcomes[measure.Busy] = 40615, 127, 98234, 3
	p.CPU = measure.CPU{ACores: new(0.45), BCores: new(1.2), OthersCores: new(0.12), HostBusyPercent: new(88.4), StealPercent: new(0.9), HostCores: new(2.0)}
	p.Server = measure.Server{Instances: 2, QueueDepth: 37, QueueLimit: 800, BatchSize: 10}
	p.B = &measure.Between{AIBusyPercent: 97, BatchFillPercent: 99.5}
	return p
}

func TestLine(t *testing.T) {
	warming := progress()
	warming.Warmup = 20 * time.Second
	robbed := progress()
	robbed.CPU.OthersCores, robbed.CPU.StealPercent = nil, new(1.0)
	tests := []struct {
		name string
		p    Progress
		want string
	}{
		{"everything", progress(), "12s/30s | QPS 8123 (mean 8000) | ts_diff p50 12.3 p99 45.7 ms | ok 98234 busy 3 | CPU A 45% B 120% others 12% host 88% | B queue 37 batch_size 10 | in flight 127"},
		{"steal, others unknown", robbed, "12s/30s | QPS 8123 (mean 8000) | ts_diff p50 12.3 p99 45.7 ms | ok 98234 busy 3 | CPU A 45% B 120% host 88% steal 1% | B queue 37 batch_size 10 | in flight 127"},
		{"nothing", Progress{Elapsed: time.Second}, "1s | QPS 0 (mean 0) | ok 0 | in flight 0"},
		{"warm-up", warming, "12s warm-up | QPS 8123 (mean 8000) | ts_diff p50 12.3 p99 45.7 ms | ok 98234 busy 3 | CPU A 45% B 120% others 12% host 88% | B queue 37 batch_size 10 | in flight 127"},
		{"by number, dropped", Progress{Elapsed: time.Second, Requests: 2000, Handled: 10, Dropped: 4, Unconnected: 3}, "1s | QPS 0 (mean 0) | 10 of 2000 requests | ok 0 dropped 4 (3 without a connection) | in flight 0"},
		{"by number, after a warm-up", Progress{Elapsed: 2 * time.Second, Warmup: time.Second, Requests: 200, Handled: 50, Outcomes: measure.Counts{measure.OK: 1000}}, "2s | QPS 0 (mean 0) | ts_diff p50 - p99 - ms | 50 of 200 requests | ok 1000 | in flight 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.p.line(); got != tt.want {
				t.Errorf("line is\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
