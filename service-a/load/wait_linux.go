package load

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// newWait returns a sleep that is exact to some microseconds, and what ends its use. Go's own timers
// are up to a millisecond late on an idle Linux, since the runtime waits for them in epoll, which
// counts whole milliseconds; a timer that is a file wakes it when it is due.
func newWait() (wait WaitFunc, done func()) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return sleep, func() {}
	}
	w := &fileTimer{fd: fd, file: os.NewFile(uintptr(fd), "timerfd"), expirations: make([]byte, 8)}
	return w.wait, func() { _ = w.file.Close() }
}

// mostEarly bounds the processor time that waiting may take.
const mostEarly = 100 * time.Microsecond

// fileTimer wakes a goroutine when a timer of the kernel's expires. Not safe for concurrent use.
type fileTimer struct {
	fd          int
	file        *os.File
	expirations []byte
	early       time.Duration // how late the goroutine usually runs after the timer has expired
}

// wait has the timer expire as much too early as the goroutine is usually late, and spins for what is
// then left; not when requests are due that close to each other, which would take a whole processor.
func (t *fileTimer) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	at := time.Now().Add(d)
	if d < 3*t.early {
		return t.sleep(ctx, d)
	}
	ok := t.sleep(ctx, d-t.early)
	if left := time.Until(at); left < 0 {
		t.early = min(t.early+time.Microsecond, mostEarly)
	} else {
		t.early = max(t.early-time.Microsecond, 0)
	}
	for ok && time.Now().Before(at) { // some microseconds
	}
	return ok
}

func (t *fileTimer) sleep(ctx context.Context, d time.Duration) bool {
	if err := unix.TimerfdSettime(t.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}, nil); err != nil {
		return sleep(ctx, d)
	}
	unblock := context.AfterFunc(ctx, func() { _ = t.file.SetReadDeadline(time.Unix(1, 0)) })
	defer unblock()
	_, _ = t.file.Read(t.expirations) // its error can only be that ctx ended
	return ctx.Err() == nil
}
