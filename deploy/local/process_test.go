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

// A process that ignores SIGTERM is killed, together with its children.
func TestStopKillsWhatDoesNotEnd(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	shell := (&lab{}).process("shell", "/bin/sh", time.Millisecond, []string{"-c", "trap '' TERM; echo ready; sleep 600"}, "PATH="+os.Getenv("PATH"))
	shell.log, shell.Stdout = "", writer
	must(t, shell.start(t.Context()))
	must(t, writer.Close())
	lines := bufio.NewReader(reader)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	if shell.stop() || shell.ProcessState.String() != "signal: killed" {
		t.Errorf("it ended well: %v", shell.ProcessState)
	}
	if _, err := io.ReadAll(lines); err != nil { // ends when nobody holds the pipe
		t.Error(err)
	}
}

// Only the end of a log is shown, and a longer log is kept.
func TestShow(t *testing.T) {
	late := strings.TrimSpace(strings.Repeat("late\n", 20))
	for logged, keep := range map[string]bool{late + "\n": false, "early\n" + late: true} {
		var stderr strings.Builder
		l := &lab{temp: t.TempDir(), stderr: &stderr}
		p := l.process("shell", "/bin/sh", 0, nil)
		must(t, os.WriteFile(filepath.Join(l.temp, "shell.log"), []byte(logged), 0o644))
		l.show(p)
		if _, shown, _ := strings.Cut(stderr.String(), "\n"); shown != late+"\n" || l.keep != keep {
			t.Errorf("of %q showed %q, keeps it: %t", logged, shown, l.keep)
		}
	}
}
