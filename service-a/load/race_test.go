//go:build race

package load

import "testing"

// skipUnderRace leaves out a test of much virtual time: with that many synchronizations the race
// detector itself can crash (ThreadSanitizer: CHECK failed in tsan_rtl.cpp). Real sockets race-check the code.
func skipUnderRace(t *testing.T) {
	t.Helper()
	t.Skip("too much virtual time for the race detector")
}
