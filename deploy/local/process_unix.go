//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// killGroup also kills what p has started. It fails only if none of them runs any more.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// allowBackgroundOutput lets children, which inherit the ignored signal, write to a terminal after `stty tostop`.
func allowBackgroundOutput() { signal.Ignore(syscall.SIGTTOU) }
