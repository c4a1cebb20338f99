//go:build !linux

package model

import "time"

// threadTime is the wall clock, because threads have no CPU clock here; an undisturbed slice takes as long on both.
func threadTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
