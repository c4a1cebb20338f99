//go:build unix && !linux

package main

import "syscall"

// childAttributes cannot tie the child's life to the lab's here: children outlive a lab that is killed.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
