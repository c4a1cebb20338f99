//go:build unix

package load

import (
	"net"
	"syscall"
)

// readable reports at once whether the server has sent something or closed the connection; false if unknown.
func readable(conn net.Conn) (is bool) {
	file, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return true // closed
	}
	err = raw.Control(func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		is = err != syscall.EAGAIN && err != syscall.EINTR
	})
	return is || err != nil
}
