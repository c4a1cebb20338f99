//go:build unix && !linux

package main

import "syscall"

// childAttributes has no way to tie the child to the life of the lab: a lab that is killed leaves it.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
