//go:build unix

package host

import (
	"math"

	"golang.org/x/sys/unix"
)

// openFilesLimit is how many files this process may open; the Go runtime raised the soft limit to the hard one.
func openFilesLimit() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxUint64
	}
	return uint64(limit.Cur) //nolint:unconvert // signed on some systems
}
