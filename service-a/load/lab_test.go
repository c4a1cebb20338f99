package load

import (
	"bytes"
	"context"
	"fmt"
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

// lab is a server within a synctest bubble, where time is virtual, with the results of a run against it.
type lab struct {
	handler     http.HandlerFunc
	idleTimeout time.Duration // after which the server closes an idle connection; 0 = never
	addrs       []string      // of the host name at first; default: 10.0.0.1
	names       names
	dialling    time.Duration // how long it takes to connect
	away        atomic.Bool   // connections are refused

	hosts map[string]*host

	mu      sync.Mutex
	samples []measure.Sample
	run     measure.Run
}

// host is one address, and a net.Listener without a network.
type host struct {
	conns         chan net.Conn
	closed        chan struct{}
	hole          atomic.Bool // it does not answer at all
	dials, served atomic.Int64
}

func (h *host) Accept() (net.Conn, error) {
	select {
	case conn := <-h.conns:
		return conn, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}
func (h *host) Close() error   { close(h.closed); return nil }
func (h *host) Addr() net.Addr { return &net.TCPAddr{} }

func (l *lab) dial(ctx context.Context, address string) (net.Conn, error) {
	addr, _, _ := net.SplitHostPort(address)
	h := l.hosts[addr]
	h.dials.Add(1)
	if h.hole.Load() {
		<-ctx.Done()
	}
	if !sleep(ctx, l.dialling) {
		return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
	}
	if !l.away.Load() {
		client, conn := net.Pipe()
		select {
		case h.conns <- conn:
			return client, nil
		case <-h.closed:
		}
	}
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

// listen starts a server under each address.
func (l *lab) listen(t *testing.T) (servers map[string]*http.Server) {
	l.hosts, servers = map[string]*host{}, map[string]*http.Server{}
	for i := range 9 {
		addr := fmt.Sprintf("10.0.0.%d", i+1)
		h := &host{conns: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{IdleTimeout: l.idleTimeout, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.served.Add(1)
			l.handler(w, r)
		})}
		go func() { _ = server.Serve(h) }()
		l.hosts[addr], servers[addr] = h, server
		t.Cleanup(func() { _ = server.Close() })
	}
	return servers
}

// start runs cfg against the lab until it ends. It must be called within a bubble.
func (l *lab) start(t *testing.T, ctx context.Context, cfg Config) {
	t.Helper()
	if l.hosts == nil {
		l.listen(t)
	}
	if l.addrs == nil {
		l.addrs = []string{"10.0.0.1"}
	}
	l.names.set(l.addrs...)
	cfg.Target = parse(t, "http://b:5000/testB")
	cfg.Resolver = l.names.resolver(t, "http://b:5000/testB")
	cfg.Resolver.Dial = func(ctx context.Context, _, address string) (net.Conn, error) { return l.dial(ctx, address) }
	resolving, stop := context.WithCancel(t.Context())
	defer stop()
	if err := cfg.Resolver.Refresh(resolving); err != nil {
		t.Fatal(err)
	}
	go cfg.Resolver.Run(resolving)

	cfg.ImageURL = "http://example.com/a.png"
	if cfg.Wait == nil {
		cfg.Wait = sleep // virtual time
	}
	cfg.Observe = func(_ int, s measure.Sample) {
		l.mu.Lock()
		l.samples = append(l.samples, s)
		l.mu.Unlock()
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 3 * time.Second
	}
	r := New(cfg)
	l.run = r.Run(ctx)
	if n := r.connected.Load(); n != 0 {
		t.Errorf("%d workers have a connection after the run", n)
	}
}

// count is the number of samples for which is returns true.
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
		body, err := io.ReadAll(r.Body) // after this, the server notices when the client disconnects
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if sleep(r.Context(), d) {
			answer(w, r)
		}
	}
}

// p99 is the 99th percentile of the latency of ok replies.
func (l *lab) p99() time.Duration {
	var h measure.Histogram
	for _, s := range l.samples {
		if s.Outcome == measure.OK {
			h.Record(s.Latency())
		}
	}
	return h.Percentile(99)
}

// mostLag is the largest schedule lag.
func (l *lab) mostLag() (most time.Duration) {
	for _, s := range l.samples {
		most = max(most, s.Lag)
	}
	return most
}
