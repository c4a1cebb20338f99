package load

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/target"
)

// The parts of a reply around its rec_ts.
const (
	cannedHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 73\r\n\r\n" + `{"rec_ts":`
	cannedTail = `,"resp_ts":1764000000012.373,"ts_diff":12.250}`
)

// tsOf returns the ts of a request as it was written.
func tsOf(request []byte) []byte {
	_, after, _ := bytes.Cut(request, []byte(`"ts": `))
	return after[:len("1764000000000.123")]
}

// canned is a connection that replies to each request with its ts.
type canned struct {
	net.Conn
	reply []byte
}

func (c *canned) Write(b []byte) (int, error) {
	c.reply = append(append(append(c.reply[:0], cannedHead...), tsOf(b)...), cannedTail...)
	return len(b), nil
}
func (c *canned) Read(b []byte) (int, error)  { return copy(b, c.reply), nil }
func (c *canned) SetDeadline(time.Time) error { return nil }
func (c *canned) Close() error                { return nil }

// BenchmarkSend measures A's cost of a request without the network.
func BenchmarkSend(b *testing.B) {
	u := parse(b, "http://b:5000/testB")
	resolver, err := target.NewResolver(u, func(context.Context, string, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
	})
	if err == nil {
		err = resolver.Refresh(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	resolver.Dial = func(context.Context, string, string) (net.Conn, error) { return &canned{}, nil }
	recorder := measure.NewRecorder(1, false)
	r := New(Config{
		Target: u, Resolver: resolver, ImageURL: "http://example.com/a.png", Concurrency: 1, Timeout: time.Second,
		Observe: recorder.Record,
	})
	r.started = time.Now()
	b.ReportAllocs()
	for b.Loop() {
		now := time.Now()
		r.workers[0].send(now.Sub(r.started), now)
	}
	if totals := recorder.Totals(); totals.Outcomes[measure.OK] != totals.Sent() {
		b.Errorf("%d of %d ok: %v", totals.Outcomes[measure.OK], totals.Sent(), totals.Causes())
	}
}
