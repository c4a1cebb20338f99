package threadtime

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now is the CPU time that the calling thread has used. A goroutine must lock its thread between two
// readings. ok is false where threads have no CPU clock.
func Now() (used time.Duration, ok bool) {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0, false
	}
	return time.Duration(t.Nano()), true
}
