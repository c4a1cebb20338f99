package main

import (
	"context"
	"net"
	"strings"
	"testing"
)

func TestRunExitStatus(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel() // serves, and drains at once
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		name          string
		args, environ []string
		status        int
		stderr        string
	}{
		{"serve", nil, []string{"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", "AI_MODEL=noop"}, 0, "msg=serving"},
		{"cannot listen", nil, []string{"LISTEN_ADDR=" + taken.Addr().String(), "AI_MODEL=noop"}, 1, "LISTEN_ADDR is"},
		{"wrong variable", nil, []string{"BATCH_SIZE=x"}, 2, "BATCH_SIZE is"},
		{"wrong argument", []string{"start"}, nil, 2, "usage: service-b"},
		{"too many arguments", []string{"healthcheck", "now"}, nil, 2, "usage: service-b"},
		{"not running", []string{"healthcheck"}, []string{"ADMIN_ADDR=127.0.0.1:1"}, 1, "service-b:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stderr strings.Builder
			if got := run(ended, tt.args, tt.environ, &stderr); got != tt.status || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("exit status %d, want %d; %s", got, tt.status, stderr.String())
			}
		})
	}
}
