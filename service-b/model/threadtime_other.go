//go:build !linux

package model

import "time"

// stopwatch measures wall-clock time, because this system does not tell the CPU time of a thread. The
// two are equal for a slice that is not interrupted.
func stopwatch() (elapsed func() time.Duration) {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
