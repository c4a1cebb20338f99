package load

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// newWait returns a sleep that is exact to some tens of microseconds, and what ends its use. Go's own
// timers are up to a millisecond late on an idle Linux, because the runtime waits for them in epoll,
// which counts whole milliseconds; a timer that is a file wakes it when it is due.
func newWait() (wait WaitFunc, done func()) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return sleep, func() {}
	}
	t := &fileTimer{fd: fd, file: os.NewFile(uintptr(fd), "timerfd"), expirations: make([]byte, 8)}
	return t.wait, func() { _ = t.file.Close() }
}

// fileTimer wakes a goroutine when a timer of the kernel's expires. Not safe for concurrent use.
type fileTimer struct {
	fd          int
	file        *os.File
	expirations []byte
}

func (t *fileTimer) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	if err := unix.TimerfdSettime(t.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}, nil); err != nil {
		return sleep(ctx, d)
	}
	unblock := context.AfterFunc(ctx, func() { _ = t.file.SetReadDeadline(time.Unix(1, 0)) })
	defer unblock()
	_, _ = t.file.Read(t.expirations) // fails only when ctx ended
	return ctx.Err() == nil
}
