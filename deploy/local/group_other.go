//go:build !unix

package main

import (
	"os"
	"syscall"
)

// childAttributes: this compiles on systems without process groups; the order of the end is theirs.
func childAttributes() *syscall.SysProcAttr { return nil }

func terminate(p *os.Process) error { return p.Kill() }
func killGroup(p *os.Process) error { return p.Kill() }
func allowBackgroundOutput()        {}
