package measure

import (
	"strings"
	"testing"
)

func TestCannotFill(t *testing.T) {
	tests := []struct {
		concurrency int
		server      Server
		seen        Counts
		want        bool
	}{
		{9, Server{Instances: 1, BatchSize: 10, Partial: "fail"}, Counts{Incomplete: 5}, true},
		{10, Server{Instances: 1, BatchSize: 10, Partial: "fail"}, Counts{Incomplete: 5}, false},
		{9, Server{Instances: 1, BatchSize: 10, Partial: "flush"}, Counts{Incomplete: 5}, false},
		{9, Server{BatchSize: 10, Partial: "fail"}, Counts{Incomplete: 5}, false}, // no instance answered
		{29, Server{Instances: 3, BatchSize: 10, Partial: "fail"}, Counts{Incomplete: 5}, true},
		{30, Server{Instances: 3, BatchSize: 10, Partial: "fail"}, Counts{Incomplete: 5}, false},
		{9, Server{Instances: 1, BatchSize: 10, Partial: "fail"}, Counts{OK: 1, Incomplete: 5}, false}, // another load fills them
		{9, Server{Instances: 1, BatchSize: 10, Partial: "fail"}, Counts{}, false},                     // it is too early to tell
	}
	for _, tt := range tests {
		if got := tt.server.CannotFill(tt.concurrency, tt.seen); got != tt.want {
			t.Errorf("%d in flight at %+v, %v seen: %v, want %v", tt.concurrency, tt.server, tt.seen, got, tt.want)
		}
	}
	text := Server{Instances: 3, BatchSize: 10, Partial: "fail"}.Warning(29, Counts{Timeout: 1})
	for _, number := range []string{"CONCURRENCY 29", "3 instances", "9 for one", "BATCH_SIZE 10"} {
		if !strings.Contains(text, number) {
			t.Errorf("warning %q does not say %q", text, number)
		}
	}
}
