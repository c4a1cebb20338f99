//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// killGroup also kills what p has started. It fails only if none of them runs any more.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// allowBackgroundOutput lets the children write to the terminal even after `stty tostop`, which would stop
// them as background processes. They inherit the ignored signal.
func allowBackgroundOutput() { signal.Ignore(syscall.SIGTTOU) }
