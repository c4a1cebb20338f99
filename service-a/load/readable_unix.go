//go:build unix

package load

import (
	"net"
	"syscall"
)

// readableOf returns a function that reports at once whether the server has sent something on conn or closed it; false
// if unknown. The function allocates nothing, as every call asks it. Not safe for concurrent use.
func readableOf(conn net.Conn) func() bool {
	file, ok := conn.(syscall.Conn)
	if !ok {
		return func() bool { return false }
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return func() bool { return true } // closed
	}
	first, is := make([]byte, 1), false
	peek := func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), first, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		is = err != syscall.EAGAIN && err != syscall.EINTR
	}
	return func() bool { return raw.Control(peek) != nil || is }
}
