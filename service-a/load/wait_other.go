//go:build !linux

package load

// newWait returns a sleep as exact as Go's timers, and what ends its use.
func newWait() (wait WaitFunc, done func()) { return sleep, func() {} }
