//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// killGroup also ends what p has started.
func killGroup(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }

// allowBackgroundOutput lets the lab's processes write to the terminal after `stty tostop` too: they are
// background groups there, which that setting would stop. An ignored signal stays ignored in the children.
func allowBackgroundOutput() { signal.Ignore(syscall.SIGTTOU) }
