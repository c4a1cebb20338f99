package main

import "syscall"

// childAttributes also lets the kernel kill the child when the lab is gone, whatever ended that.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
