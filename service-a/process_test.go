//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain lets tests start this program as a separate process.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_SERVICE_A") != "" {
		main()
	}
	os.Exit(m.Run())
}

// A limit that is too low is reported before anything is sent.
func TestOpenFilesLimit(t *testing.T) {
	target := start(t, serve)
	for _, tt := range []struct {
		concurrency string
		status      int
		says        string
	}{
		{"100", 0, ""},
		{"1000", 1, "service-a: CONCURRENCY 1000 needs 1064 open files (one per connection, and 64 more), but this process may open 256, its hard limit"},
	} {
		cmd := exec.Command("sh", "-c", `ulimit -n 256 && exec "$0"`, os.Args[0])
		cmd.Env = append(os.Environ(), "RUN_SERVICE_A=1", "ADMIN_ADDR=127.0.0.1:0", "TARGET_ADMIN_URL=none", "REQUESTS=1000",
			"TARGET_URL="+target, "CONCURRENCY="+tt.concurrency)
		out, err := cmd.CombinedOutput()
		status := 0
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			status = exit.ExitCode()
		}
		if status != tt.status || !strings.Contains(string(out), tt.says) || tt.says != "" && strings.Contains(string(out), "sending") {
			t.Errorf("CONCURRENCY=%s: exit status %d, want %d and %q:\n%s", tt.concurrency, status, tt.status, tt.says, out)
		}
	}
}
