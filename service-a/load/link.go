package load

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"batchlab/service-a/target"
)

const (
	readBuffer = 4096             // also bounds the headers of a reply
	justUsed   = time.Millisecond // hardly anything arrives so soon after a reply, so looking would cost more than it finds
)

// link is one worker's connection. It is replaced only between calls: if it does not lead to the worker's own address,
// was idle for maxIdle, or has something to read, such as the server's FIN.
type link struct {
	worker    int
	resolver  *target.Resolver
	maxIdle   time.Duration
	connected *atomic.Int64 // counts the workers that have a connection

	conn     net.Conn // nil when there is none
	readable func() bool
	addr     netip.AddrPort
	reader   *bufio.Reader
	seen     *target.Endpoints // addr is the worker's own address in these
	used     time.Time         // when it was dialled, or a reply was read
}

// maxIdle is below the 5 s after which many servers close idle connections, so that no request meets a
// closing one. It grows with the number of workers, so that idle ones dial at most 333 times a second.
func maxIdle(workers int) time.Duration {
	return max(4*time.Second, time.Duration(workers)*4*time.Millisecond)
}

// usable reports whether a call may begin on this connection at any time until then. What can be read before the
// request is sent is no reply to it.
func (l *link) usable(until time.Time) bool {
	idle := until.Sub(l.used)
	return l.conn != nil && l.atHome() && idle < l.maxIdle && (idle < justUsed || !l.readable())
}

// atHome reports whether the connection leads to the worker's own address.
func (l *link) atHome() bool {
	endpoints := l.resolver.Endpoints()
	if l.seen == endpoints {
		return true
	}
	if order := endpoints.Order(l.worker); len(order) == 0 || order[0] != l.addr {
		return false
	}
	l.seen = endpoints
	return true
}

// redial replaces the connection. Each address gets half of the time left, and the last one all of it.
func (l *link) redial(timeout time.Duration) error {
	l.drop()
	deadline := time.Now().Add(timeout)
	endpoints := l.resolver.Endpoints()
	order := endpoints.Order(l.worker)
	if len(order) == 0 {
		l.resolver.Failed()
		return errNoAddress
	}
	var err error
	for i, addr := range order {
		left := time.Until(deadline)
		if i < len(order)-1 {
			left /= 2
		}
		if err = l.dialTo(addr, left); err == nil {
			l.seen = endpoints
			return nil
		}
		l.resolver.Unreachable(addr)
	}
	return err
}

func (l *link) dialTo(addr netip.AddrPort, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := l.resolver.Dial(ctx, "tcp", addr.String())
	if err != nil {
		return err
	}
	if l.reader == nil {
		l.reader = bufio.NewReaderSize(conn, readBuffer)
	}
	l.reader.Reset(conn)
	l.connected.Add(1)
	l.conn, l.readable, l.addr, l.used = conn, readableOf(conn), addr, time.Now()
	return nil
}

// release is called after a reply. It drops a connection with surplus bytes, which the next call would read as its own.
func (l *link) release(closing bool, now time.Time) {
	l.used = now
	if closing || l.reader.Buffered() > 0 {
		l.drop()
	}
}

func (l *link) drop() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
		l.connected.Add(-1)
	}
}
