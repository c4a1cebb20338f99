package main

import (
	"net"
	"sync"
)

// pipeListener is a listener in memory, for services under testing/synctest. Its connections have no
// buffers: a write waits until the other side reads.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipeListener() *pipeListener {
	closed := make(chan struct{})
	return &pipeListener{make(chan net.Conn), closed, sync.OnceFunc(func() { close(closed) })}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.close(); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// dialPipe connects to a service whose traffic listener is a pipeListener.
func (s *started) dialPipe() *rawClient {
	s.t.Helper()
	client, server := net.Pipe()
	s.trafficListener.(*pipeListener).conns <- server
	return newRawClient(s.t, client)
}

// onPipes makes a service listen in memory.
func onPipes(s *service) {
	_, _ = s.trafficListener.Close(), s.adminListener.Close()
	s.trafficListener, s.adminListener = newPipeListener(), newPipeListener()
}
