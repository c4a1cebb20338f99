package load

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// newWait returns a sleep for one goroutine, precise to some tens of microseconds, and a function that releases it.
// Go's own timers are up to a millisecond late on an idle Linux, because the runtime waits for them in epoll, which
// counts whole milliseconds. A timerfd wakes epoll on time.
func newWait() (wait WaitFunc, done func()) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return sleep, func() {}
	}
	file, expirations := os.NewFile(uintptr(fd), "timerfd"), make([]byte, 8)
	wait = func(ctx context.Context, d time.Duration) bool {
		if d <= 0 {
			return ctx.Err() == nil
		}
		if err := unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}, nil); err != nil {
			return sleep(ctx, d)
		}
		defer context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Unix(1, 0)) })()
		_, _ = file.Read(expirations) // fails only if ctx ended
		return ctx.Err() == nil
	}
	return wait, func() { _ = file.Close() }
}
