package load

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/target"
	"batchlab/service-b/api"
)

// answer replies as B does.
func answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	req, err := api.DecodeRequest(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = w.Write(req.ReplyAt(time.Now()).AppendJSON(nil))
}

func parse(t testing.TB, rawURL string) *url.URL {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// clientOf returns a client of the server at that URL.
func clientOf(t testing.TB, rawURL string, timeout time.Duration) *client {
	t.Helper()
	u := parse(t, rawURL)
	resolver, err := target.NewResolver(u, net.DefaultResolver.LookupNetIP)
	if err != nil {
		t.Fatal(err)
	}
	if err := resolver.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &client{
		link:    &link{resolver: resolver, maxIdle: maxIdle(1), connected: new(atomic.Int64)},
		message: newMessage(u, "http://example.com/a.png"),
		timeout: timeout,
	}
	t.Cleanup(c.link.drop)
	return c
}

// listening hands each connection to serve, and closes it afterwards.
func listening(t testing.TB, serve func(conn net.Conn)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String() + api.Path
}

// rawServer reads a request from each connection, writes what script returns for it, and closes
// the connection.
func rawServer(t testing.TB, script func(conn net.Conn)) string {
	t.Helper()
	return listening(t, func(conn net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err == nil {
			script(conn)
		}
	})
}

func says(reply string) func(net.Conn) {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, reply) }
}

// A failure is classified by what the server did wrong, and it does not affect the next call.
func TestMisbehavingServers(t *testing.T) {
	const timeout = 500 * time.Millisecond
	hang := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	tests := []struct {
		name   string
		script func(net.Conn)
		want   measure.Outcome
		cause  string
	}{
		{"hangs", hang, measure.Timeout, "no complete reply within REQUEST_TIMEOUT"},
		{"hangs in the header", func(c net.Conn) { says("HTTP/1.1 200 OK\r\nContent-")(c); hang(c) }, measure.Timeout, "no complete reply within REQUEST_TIMEOUT"},
		{"hangs in the body", func(c net.Conn) { says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")(c); hang(c) }, measure.Timeout, "no complete reply within REQUEST_TIMEOUT"},
		{"drips", func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")(c)
			for range 1000 {
				if _, err := c.Write([]byte(" ")); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}, measure.Timeout, "no complete reply within REQUEST_TIMEOUT"},
		{"closes without a word", says(""), measure.Connection, "closed by the server before the reply was complete"},
		{"closes in the header", says("HTTP/1.1 200 OK\r\n"), measure.Connection, "closed by the server before the reply was complete"},
		{"closes in the body", says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), measure.Connection, "closed by the server before the reply was complete"},
		{"resets", func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }, measure.Connection, "connection reset by peer"},
		{"resets in the body", func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")(c)
			time.Sleep(20 * time.Millisecond)
			_ = c.(*net.TCPConn).SetLinger(0)
		}, measure.Connection, "connection reset by peer"},
		{"speaks no HTTP", says("220 mail.example ESMTP\r\n\r\n"), measure.Malformed, "not an HTTP reply"},
		{"huge body", says("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n{"), measure.Malformed, "reply with a body over 1 MB"},
		{"huge body, chunked", says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n{"), measure.Malformed, "reply with a body over 1 MB"},
		{"huge body, until the end of the connection", says("HTTP/1.0 200 OK\r\n\r\n" + strings.Repeat(" ", maxReply+1)), measure.Malformed, "reply with a body over 1 MB"},
		{"largest body", says("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1048576\r\n\r\n{\"ts_diff\": 5" + strings.Repeat(" ", maxReply-14) + "}"), measure.OK, ""},
		{"huge headers", says("HTTP/1.1 200 OK\r\nX-Huge: " + strings.Repeat("x", 5000) + "\r\n\r\n"), measure.Malformed, "reply with headers over 4 KB"},
		{"huge trailers", says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Huge: " + strings.Repeat("x", 5000) + "\r\n\r\n"), measure.Malformed, "reply with headers over 4 KB"},
		{"large headers", says("HTTP/1.1 200 OK\r\nConnection: close\r\nX-Large: " + strings.Repeat("x", 3900) + "\r\nContent-Length: 14\r\n\r\n{\"ts_diff\": 5}"), measure.OK, ""},
		{"garbage JSON", says("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n}{}{"), measure.Malformed, "200 that is not JSON"},
		{"HTTP/1.0, until the end of the connection", says("HTTP/1.0 200 OK\r\n\r\n{\"ts_diff\": 5}"), measure.OK, ""},
		{"chunked", says("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\ne\r\n{\"ts_diff\": 5}\r\n0\r\n\r\n"), measure.OK, ""},
		{"100 first", says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{\"ts_diff\": 5}"), measure.OK, ""},
		{"answers twice", func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"ts_diff\": 5}HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"ts_diff\": 9}")(c)
			hang(c)
		}, measure.OK, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := clientOf(t, rawServer(t, tt.script), timeout)
			for range 2 {
				began := time.Now()
				res := c.call(began)
				if res.Outcome != tt.want || res.Cause != tt.cause {
					t.Errorf("%v, %q (%s); want %v, %q", res.Outcome, res.Cause, res.Example, tt.want, tt.cause)
				}
				if took := res.end.Sub(began); (took >= timeout) != (tt.want == measure.Timeout) {
					t.Errorf("took %v with a timeout of %v", took, timeout)
				}
				if res.Outcome == measure.OK && res.TSDiff != 5*time.Millisecond {
					t.Errorf("ts_diff = %v, want 5ms", res.TSDiff)
				}
			}
		})
	}
}

// BenchmarkCall measures a call over loopback, the server's side included. The server allocates nothing.
func BenchmarkCall(b *testing.B) {
	c := clientOf(b, echoing(b), time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		if res := c.call(time.Now()); res.Outcome != measure.OK {
			b.Fatalf("%v: %s", res.Outcome, res.Example)
		}
	}
}

// echoing is a server that replies with the ts of each request, and reads each in one piece.
func echoing(t testing.TB) string {
	t.Helper()
	return listening(t, func(conn net.Conn) {
		buffer := make([]byte, 4096)
		for reply := []byte(nil); ; {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			reply = append(append(reply[:0], cannedHead...), tsOf(buffer[:n])...)
			if _, err := conn.Write(append(reply, cannedTail...)); err != nil {
				return
			}
		}
	})
}
