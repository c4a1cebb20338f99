//go:build !unix

package load

import "net"

// readableOf cannot check without blocking here.
func readableOf(net.Conn) func() bool { return func() bool { return false } }
