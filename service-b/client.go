package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// clientConn is a connection of the traffic port. While a handler runs, net/http reads one byte ahead,
// to learn that the client has gone; at full load that read, and taking it back, costs a third of
// a request, though hardly one waits long enough for its client to lose patience. So
// clientConn puts the read off until somebody asks for the end of the client's context.
//
// It relies on net/http lifting the read deadline before it reads ahead and never while it reads a
// request, which is so with a ReadTimeout and an IdleTimeout (TestClientThatHangsUpLeavesTheQueue).
type clientConn struct {
	jsonConn
	ahead atomic.Bool // what net/http reads now is only a byte ahead

	mu     sync.Mutex
	putOff bool       // net/http has asked for the byte ahead, and been told to come again
	wanted bool       // somebody wants to know of the client's end
	early  *earlyRead // in progress, or not fetched yet
	gone   chan struct{}
}

// earlyRead is the read ahead. The next read of the connection gets its outcome.
type earlyRead struct {
	ended  chan struct{}
	buffer [1]byte
	n      int
	err    error
}

func newClientConn(tcp *net.TCPConn) net.Conn {
	return &clientConn{jsonConn: jsonConn{TCPConn: tcp, opened: time.Now()}}
}

// SetReadDeadline is for reading requests; a byte is read ahead without a deadline.
func (c *clientConn) SetReadDeadline(t time.Time) error {
	if t.IsZero() {
		c.ahead.Store(true)
		return nil
	}
	if c.ahead.Load() && t.Before(c.opened) {
		return nil // breaks off reading ahead: that has returned already, or will at once
	}
	c.ahead.Store(false)
	return c.TCPConn.SetReadDeadline(t)
}

// Read reads what the client sends.
func (c *clientConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	if len(p) == 1 && c.ahead.Load() {
		c.putOff = true
		c.readAhead()
		c.mu.Unlock()
		return 0, nil
	}
	early := c.early
	c.putOff, c.wanted, c.early = false, false, nil
	c.mu.Unlock()
	if early == nil {
		return c.TCPConn.Read(p)
	}
	<-early.ended
	return copy(p, early.buffer[:early.n]), early.err
}

// watch returns a channel that is closed when the client goes away. It is called while a request of
// the client's is being handled.
func (c *clientConn) watch() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone == nil {
		c.gone = make(chan struct{})
	}
	c.wanted = true
	c.readAhead()
	return c.gone
}

// readAhead starts the read that was put off, once it is wanted. It goes on when the request has been answered:
// it is then the beginning of the next.
func (c *clientConn) readAhead() {
	if !c.putOff || !c.wanted || c.early != nil {
		return
	}
	early := &earlyRead{ended: make(chan struct{})}
	c.early = early
	early.err = c.TCPConn.SetReadDeadline(time.Time{})
	go func() {
		defer close(early.ended)
		if early.err == nil {
			early.n, early.err = c.TCPConn.Read(early.buffer[:])
		}
		if early.err != nil {
			close(c.gone) // once: nothing is read after an error
		}
	}()
}

// clientContext is the context of whatever is done for a client: it ends when the client goes away.
// To end it with the request too would cost a context per request, and nothing is done after that.
type clientContext struct{ conn *clientConn }

type clientKey struct{}

// withClient is an http.Server's ConnContext.
func withClient(ctx context.Context, conn net.Conn) context.Context {
	if conn, ok := conn.(*clientConn); ok {
		return context.WithValue(ctx, clientKey{}, clientContext{conn})
	}
	return ctx
}

// contextOf is the context of the client who sent r.
func contextOf(r *http.Request) context.Context {
	if client, ok := r.Context().Value(clientKey{}).(clientContext); ok {
		return client
	}
	return r.Context()
}

// Deadline has none.
func (clientContext) Deadline() (deadline time.Time, ok bool) { return deadline, false }

// Done is closed when the client goes away, which nothing watched for until now.
func (c clientContext) Done() <-chan struct{} { return c.conn.watch() }

// Err is context.Canceled if the client was seen to go away.
func (c clientContext) Err() error {
	c.conn.mu.Lock()
	gone := c.conn.gone
	c.conn.mu.Unlock()
	select { // never, if nil
	case <-gone:
		return context.Canceled
	default:
		return nil
	}
}

// Value has none.
func (clientContext) Value(any) any { return nil }

var _ context.Context = clientContext{}
