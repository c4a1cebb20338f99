//go:build !unix

package main

import (
	"os"
	"syscall"
)

// There are no process groups here, so Ctrl-C reaches all processes at once.
func childAttributes() *syscall.SysProcAttr { return nil }
func killGroup(p *os.Process)               { _ = p.Kill() }
func allowBackgroundOutput()                {}
