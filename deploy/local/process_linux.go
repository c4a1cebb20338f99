package main

import "syscall"

// childAttributes also makes the kernel kill the child when the lab ends, even if the lab was killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
