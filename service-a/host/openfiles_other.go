//go:build !unix

package host

import "math"

// openFilesLimit is unknown here.
func openFilesLimit() uint64 { return math.MaxUint64 }
