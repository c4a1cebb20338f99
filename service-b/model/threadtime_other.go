//go:build !linux

package model

import "time"

// stopwatch measures the time that passes, where the CPU time of a thread cannot be had: for a slice
// that was not interrupted they are the same.
func stopwatch() (elapsed func() time.Duration) {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
