//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// killGroup kills p and all its children. It fails only if none of them is running.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// allowBackgroundOutput ignores SIGTTOU. Children inherit that, so they may write to a terminal after `stty tostop`.
func allowBackgroundOutput() { signal.Ignore(syscall.SIGTTOU) }
