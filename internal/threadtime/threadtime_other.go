//go:build !linux

package threadtime

import "time"

// Now always returns false, because threads have no CPU clock here.
func Now() (used time.Duration, ok bool) { return 0, false }
