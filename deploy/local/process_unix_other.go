//go:build unix && !linux

package main

import "syscall"

// childAttributes cannot tie the child to the lab here: children outlive a lab that is killed.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
