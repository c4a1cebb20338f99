//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A process that ignores SIGTERM is killed, and what it has started as well.
func TestStopKillsWhatDoesNotEnd(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	shell := program{
		name: "shell", path: "/bin/sh", args: []string{"-c", "trap '' TERM; echo ready; sleep 600"},
		env: environment{"PATH": os.Getenv("PATH")}, stdout: writer, grace: time.Millisecond,
	}
	p, err := shell.start(t.Context(), "")
	must(t, err)
	must(t, writer.Close())
	lines := bufio.NewReader(reader)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	if err := p.stop(); err == nil || !strings.Contains(err.Error(), "shell did not end") {
		t.Errorf("stop: %v", err)
	}
	if _, err := io.ReadAll(lines); err != nil { // ends when nobody holds the pipe
		t.Error(err)
	}
}

func TestLastOutput(t *testing.T) {
	late := strings.TrimSpace(strings.Repeat("late\n", 20))
	for logged, all := range map[string]bool{late + "\n": true, "early\n" + late: false} {
		p := process{log: filepath.Join(t.TempDir(), "log")}
		must(t, os.WriteFile(p.log, []byte(logged), 0o644))
		if got, gotAll := p.lastOutput(); got != late || gotAll != all {
			t.Errorf("of %q got %q, %t", logged, got, gotAll)
		}
	}
}
