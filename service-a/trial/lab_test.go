package trial

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/target"
	"batchlab/service-b/api"
)

// lab is a B that answers in batches of one, with its admin port.
type lab struct {
	session       *Session
	adminResolver *target.Resolver
	asked         atomic.Int64 // requests so far
	scraped       atomic.Int64 // readings of the admin port so far

	born      time.Time          // of B
	before    func(n int64) bool // called with the number of each request; false = it fails; default: true
	batchSize atomic.Int64
	gone      chan struct{} // the admin port hangs up once this is closed
	b         *fakeB        // if set, answers instead
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{born: time.Now()}
	l.batchSize.Store(1)
	traffic := httptest.NewServer(http.HandlerFunc(l.answer))
	t.Cleanup(traffic.Close)
	admin := httptest.NewServer(http.HandlerFunc(l.metrics))
	t.Cleanup(admin.Close)
	l.adminResolver = parse(t, admin.URL)
	l.session = NewSession(parse(t, traffic.URL+api.Path), target.NewAdmin(l.adminResolver))
	return l
}

// inBubble runs a test of that B within a synctest bubble, where time is virtual and B is not behind a network.
func inBubble(t *testing.T, newB func() *fakeB, test func(t *testing.T, l *lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &lab{born: time.Now()}
		if newB != nil {
			l.b = newB()
		}
		l.batchSize.Store(1)
		traffic := listen(t, l.answer)
		admin := listen(t, l.metrics)
		l.adminResolver = admin.resolver(t, "http://b:5001")
		l.session = NewSession(traffic.resolver(t, "http://b:5000"+api.Path), target.NewAdmin(l.adminResolver))
		test(t, l)
	})
}

// listener is a net.Listener without a network.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func listen(t *testing.T, handler http.HandlerFunc) *listener {
	l := &listener{make(chan net.Conn), make(chan struct{})}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Shutdown(context.Background()) }) // waits for handlers
	return l
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l *listener) Close() error   { close(l.closed); return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

func (l *listener) dial(_ context.Context, _, address string) (net.Conn, error) {
	if !strings.HasPrefix(address, "10.0.0.1:") {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	l.conns <- server
	return client, nil
}

func (l *listener) resolver(t *testing.T, rawURL string) *target.Resolver {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	r, err := target.NewResolver(u, func(context.Context, string, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Dial = l.dial
	return r
}

func parse(t *testing.T, rawURL string) *target.Resolver {
	t.Helper()
	resolver, err := target.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return resolver
}

func (l *lab) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n := l.asked.Add(1)
	if l.b != nil {
		l.b.work()
	}
	req, err := api.DecodeRequest(body)
	if err != nil || l.before != nil && !l.before(n) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write(api.ErrorReply{Error: "failed", Code: api.CodeFailed}.AppendJSON(nil))
		return
	}
	_, _ = w.Write(req.ReplyAt(time.Now()).AppendJSON(nil))
}

// metrics shows a B that uses 0.5 s of CPU and fills one batch of ten between two readings.
func (l *lab) metrics(w http.ResponseWriter, _ *http.Request) {
	if l.b != nil {
		l.scraped.Add(1)
		l.b.metrics(w)
		return
	}
	select {
	case <-l.gone:
		panic(http.ErrAbortHandler)
	default:
	}
	n := l.scraped.Add(1)
	fmt.Fprintf(w, `# TYPE batcher_ai_workers gauge
batcher_ai_workers 2
# TYPE batcher_batch_size_configured gauge
batcher_batch_size_configured %d
# TYPE batcher_config_info gauge
batcher_config_info{partial_batch="fail"} 1
# TYPE batcher_batch_size histogram
batcher_batch_size_bucket{le="+Inf"} %d
batcher_batch_size_sum %d
batcher_batch_size_count %d
# TYPE batcher_batch_slots_total counter
batcher_batch_slots_total %d
# TYPE batcher_uptime_seconds gauge
batcher_uptime_seconds %g
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total %g
`, l.batchSize.Load(), n, 10*n, n, n*l.batchSize.Load(), time.Since(l.born).Seconds(), 0.5*float64(n))
}

func point(concurrency int, plan load.Plan) Config {
	return Config{
		Plan: plan, Concurrency: concurrency, ImageURL: "http://example.com/a.png",
		RequestTimeout: time.Minute, BusyBackoff: time.Second,
		Settings: []measure.Setting{{Name: "CONCURRENCY", Value: concurrency}},
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// tenMilliseconds is how long a B takes for each request; without it, virtual time would stand still.
func tenMilliseconds(int64) bool {
	time.Sleep(10 * time.Millisecond)
	return true
}
