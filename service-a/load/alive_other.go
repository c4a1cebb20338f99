//go:build !unix

package load

import "net"

// peek cannot look without waiting here.
func peek(net.Conn) (readable, known bool) { return false, false }
