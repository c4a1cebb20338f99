package load

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// lab is a server within a synctest bubble, where time is virtual, and what a run against it showed.
type lab struct {
	handler http.HandlerFunc
	away    atomic.Bool // connections are refused
	dials   atomic.Int64

	mu      sync.Mutex
	samples []measure.Sample
	run     measure.Run
}

// pipes is a net.Listener without a network.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// start runs cfg against the lab until it ends. It must be called within a bubble.
func (l *lab) start(t *testing.T, ctx context.Context, cfg Config) {
	t.Helper()
	listener := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: l.handler}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()

	var n names
	n.set("10.0.0.1")
	cfg.Target = parse(t, "http://b:5000/testB")
	cfg.Resolver = n.resolver(t, "http://b:5000/testB")
	if err := cfg.Resolver.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	cfg.ImageURL = "http://example.com/a.png"
	cfg.Dial = func(context.Context, string, string) (net.Conn, error) {
		l.dials.Add(1)
		if l.away.Load() {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}
		client, conn := net.Pipe()
		listener.conns <- conn
		return client, nil
	}
	cfg.Wait = sleep // virtual time
	cfg.Observe = func(_ int, s measure.Sample) {
		l.mu.Lock()
		l.samples = append(l.samples, s)
		l.mu.Unlock()
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 3 * time.Second
	}
	l.run = New(cfg).Run(ctx)
}

// count is the number of samples for which is holds.
func (l *lab) count(is func(measure.Sample) bool) int {
	n := 0
	for _, s := range l.samples {
		if is(s) {
			n++
		}
	}
	return n
}

func (l *lab) outcomes(o measure.Outcome) int {
	return l.count(func(s measure.Sample) bool { return s.Outcome == o })
}

// slowly answers after d, unless the client goes away before.
func slowly(d time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // only then does the server notice a client that goes away
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if sleep(r.Context(), d) {
			answer(w, r)
		}
	}
}
