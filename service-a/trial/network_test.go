package trial

import (
	"context"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"

	"batchlab/service-a/target"
	"batchlab/service-b/api"
)

// network connects A to servers within a synctest bubble, where time is virtual.
type network map[string]listener // by address and port

// listener is a net.Listener without a network.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l listener) Close() error   { close(l.closed); return nil }
func (l listener) Addr() net.Addr { return &net.TCPAddr{} }

func (n network) dial(_ context.Context, _, address string) (net.Conn, error) {
	if l, ok := n[address]; ok {
		client, server := net.Pipe()
		select {
		case l.conns <- server:
			return client, nil
		case <-l.closed:
		}
	}
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

func (n network) serve(t *testing.T, address string, handler http.HandlerFunc) {
	l := listener{make(chan net.Conn), make(chan struct{})}
	n[address] = l
	server := &http.Server{Handler: handler}
	t.Cleanup(func() { _ = server.Shutdown(context.Background()) }) // awaits slow scrapes
	go func() { _ = server.Serve(l) }()
}

// reach lets a resolver make all its connections in the network.
func (n network) reach(r *target.Resolver) *target.Resolver {
	r.Dial = n.dial
	return r
}

// inVirtualTime runs a test with a lab of b, or with the lab's own B if that is nil.
func inVirtualTime(t *testing.T, b *fakeB, test func(t *testing.T, l *lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n, l := network{}, &lab{b: b}
		l.batchSize.Store(1)
		if b != nil {
			b.start()
		}
		n.serve(t, "10.0.0.1:5000", l.answer)
		n.serve(t, "10.0.0.1:5001", l.metrics)
		l.adminResolver = n.reach(parse(t, "http://10.0.0.1:5001"))
		l.session = NewSession(n.reach(parse(t, "http://10.0.0.1:5000"+api.Path)), target.NewAdmin(l.adminResolver))
		test(t, l)
	})
}
