package measure

import (
	"strings"
	"testing"
)

func TestCannotFill(t *testing.T) {
	failed := Counts{Incomplete: 5}
	tests := []struct {
		concurrency int
		server      Server
		want        bool
	}{
		{9, Server{Instances: 1, BatchSize: 10, Partial: "fail", Recent: failed}, true},
		{10, Server{Instances: 1, BatchSize: 10, Partial: "fail", Recent: failed}, false},
		{9, Server{Instances: 1, BatchSize: 10, Partial: "flush", Recent: failed}, false},
		{9, Server{BatchSize: 10, Partial: "fail", Recent: failed}, false}, // no instance answered
		{29, Server{Instances: 3, BatchSize: 10, Partial: "fail", Recent: failed}, true},
		{30, Server{Instances: 3, BatchSize: 10, Partial: "fail", Recent: failed}, false},
		{9, Server{Instances: 1, BatchSize: 10, Partial: "fail", Recent: Counts{OK: 1, Incomplete: 5}}, false}, // another load fills them
		{9, Server{Instances: 1, BatchSize: 10, Partial: "fail"}, false},                                       // it is too early to tell
	}
	for _, tt := range tests {
		if got := tt.server.CannotFill(tt.concurrency); got != tt.want {
			t.Errorf("%d in flight at %+v: %v, want %v", tt.concurrency, tt.server, got, tt.want)
		}
	}
	text := Server{Instances: 3, BatchSize: 10, Partial: "fail", Recent: failed}.Warning(29)
	for _, number := range []string{"CONCURRENCY 29", "3 instances", "9 for one", "BATCH_SIZE 10"} {
		if !strings.Contains(text, number) {
			t.Errorf("warning %q does not say %q", text, number)
		}
	}
}
