//go:build unix

package load

import (
	"net"
	"syscall"
)

// peek looks whether there is something to be read, the end of the connection included, without
// waiting; known is false when that cannot be found out in this way.
func peek(conn net.Conn) (readable, known bool) {
	file, ok := conn.(syscall.Conn)
	if !ok {
		return false, false
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return false, false
	}
	err = raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		readable = err != syscall.EAGAIN && err != syscall.EINTR
		return true
	})
	return readable, err == nil
}
