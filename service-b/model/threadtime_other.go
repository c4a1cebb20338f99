//go:build !linux

package model

import "time"

// threadTime is the wall clock where the CPU time of a thread cannot be had: an undisturbed slice takes as
// long by both.
func threadTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
