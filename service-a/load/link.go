package load

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"batchlab/service-a/target"
)

const (
	readBuffer   = 4096                   // also bounds the headers of a reply
	idleTooLong  = 500 * time.Millisecond // after that, the server may have closed a connection
	idleForever  = 4 * time.Second        // after that, it may be about to: a request could cross its closing
	goHomeWithin = 200 * time.Millisecond // for reaching a worker's own address while another one serves it
)

// DialFunc connects; net.Dialer's DialContext is one.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// link is one worker's connection, made and replaced as the addresses of the target change.
type link struct {
	worker   int
	resolver *target.Resolver
	dial     DialFunc

	conn   net.Conn // nil when there is none
	addr   netip.AddrPort
	reader *bufio.Reader
	seen   *target.Endpoints // what conn was chosen from
	used   time.Time
}

// isReady tells whether a call can begin at once.
func (l *link) isReady(now time.Time) bool {
	return l.conn != nil && l.seen == l.resolver.Endpoints() && now.Sub(l.used) < idleTooLong
}

// ready sees to it that there is a connection that works, to the worker's own address if it can.
func (l *link) ready(now time.Time, timeout time.Duration) error {
	idle := now.Sub(l.used)
	if l.conn != nil && (idle >= idleForever || idle >= idleTooLong && !l.alive()) {
		l.close()
	}
	l.used = now
	deadline := now.Add(timeout)
	if l.conn == nil {
		return l.connect(deadline)
	}
	if endpoints := l.resolver.Endpoints(); l.seen != endpoints {
		l.goHome(endpoints)
	}
	return nil
}

// alive tells whether a connection that was idle is still open with nothing to be read.
func (l *link) alive() bool {
	if readable, known := peek(l.conn); known {
		return !readable
	}
	if err := l.conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return false
	}
	_, err := l.reader.Peek(1)
	return isTimeout(err)
}

// connect tries one address after the other, each with its part of the time that is left.
func (l *link) connect(deadline time.Time) error {
	endpoints := l.resolver.Endpoints()
	order := endpoints.Order(l.worker)
	err := errNoAddress
	for i, addr := range order {
		part := time.Until(deadline) / time.Duration(len(order)-i)
		if err = l.open(endpoints, addr, part); err == nil {
			return nil
		}
	}
	l.resolver.Failed()
	return err
}

// goHome moves the worker to its own address, if that is another one and can be reached.
func (l *link) goHome(endpoints *target.Endpoints) {
	l.seen = endpoints
	if home := endpoints.Order(l.worker); len(home) > 0 && home[0] != l.addr {
		_ = l.open(endpoints, home[0], goHomeWithin) // else it stays where it is
	}
}

// open replaces the connection by one to addr; when that cannot be had, the old one stays.
func (l *link) open(endpoints *target.Endpoints, addr netip.AddrPort, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := l.dial(ctx, "tcp", addr.String())
	if err != nil {
		l.resolver.Failed()
		return err
	}
	l.close()
	if l.reader == nil {
		l.reader = bufio.NewReaderSize(conn, readBuffer)
	}
	l.reader.Reset(conn)
	l.conn, l.addr, l.seen = conn, addr, endpoints
	return nil
}

// release is called after a reply: a connection is kept unless the server closes it, or sent more
// than the reply, which would be taken for the next one.
func (l *link) release(closing bool, now time.Time) {
	l.used = now
	if closing || l.reader.Buffered() > 0 {
		l.close()
	}
}

func (l *link) close() {
	if l.conn != nil {
		_ = l.conn.Close() // there is nothing left to be lost with it
		l.conn = nil
	}
}

var errNoAddress = errors.New("the host name has no address")
