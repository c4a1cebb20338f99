package measure

import (
	"strings"
	"testing"
	"time"
)

func TestCannotFill(t *testing.T) {
	tests := []struct {
		concurrency int
		server      Server
		want        bool
	}{
		{9, Server{Instances: 1, BatchSize: 10, Partial: "fail"}, true},
		{10, Server{Instances: 1, BatchSize: 10, Partial: "fail"}, false},
		{9, Server{Instances: 1, BatchSize: 10, Partial: "flush"}, false},
		{9, Server{BatchSize: 10, Partial: "fail"}, false}, // no instance answered
		{29, Server{Instances: 3, BatchSize: 10, Partial: "fail"}, true},
		{30, Server{Instances: 3, BatchSize: 10, Partial: "fail"}, false},
	}
	for _, tt := range tests {
		if got := tt.server.CannotFill(tt.concurrency); got != tt.want {
			t.Errorf("%d in flight at %+v: %v, want %v", tt.concurrency, tt.server, got, tt.want)
		}
	}
	text := Server{Instances: 3, BatchSize: 10, Partial: "fail"}.Warning(29)
	for _, number := range []string{"CONCURRENCY 29", "3 instances", "9 for one", "BATCH_SIZE 10"} {
		if !strings.Contains(text, number) {
			t.Errorf("warning %q does not say %q", text, number)
		}
	}
}

func TestBetween(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	before := Server{At: start, Instances: 1, Workers: 2, BatchSize: 10, Used: ServerCounters{CPUSeconds: 1, AISeconds: 5, Batches: 100, Batched: 1000}}
	after := Server{At: start.Add(10 * time.Second), Instances: 1, Workers: 2, BatchSize: 10, Used: ServerCounters{CPUSeconds: 16, AISeconds: 20, Batches: 300, Batched: 2900}}
	if got, want := *after.Between(before), (Between{Cores: 1.5, AIBusyPercent: 75, BatchFillPercent: 95}); got != want {
		t.Errorf("between = %+v, want %+v", got, want)
	}
	grown := after
	grown.Workers = 4 // changed by PATCH /config in between
	if got := grown.Between(before).AIBusyPercent; got != 50 {
		t.Errorf("with 2, then 4 workers, they were %g %% busy, want 50", got)
	}
	for name, pair := range map[string][2]Server{
		"gone": {before, {At: after.At}}, "not there yet": {{At: start}, after}, "the same moment": {before, before},
	} {
		if got := pair[1].Between(pair[0]); got != nil {
			t.Errorf("%s: %+v, want nothing", name, got)
		}
	}
}
