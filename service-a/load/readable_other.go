//go:build !unix

package load

import "net"

// readable cannot check without blocking here.
func readable(net.Conn) bool { return false }
