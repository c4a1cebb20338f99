//go:build !linux

package model

import "time"

// threadTime is the wall clock, for want of a thread's CPU time: an undisturbed slice takes as long by both.
func threadTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
