package load

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-b/api"
)

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	res := clientOf(t, server.URL+api.Path, time.Second).call(time.Now())
	if res.Outcome != measure.Connection || res.Cause != "connection refused" {
		t.Errorf("%v, %q; want connection, refused", res.Outcome, res.Cause)
	}
}

func TestNoAddress(t *testing.T) {
	var n names
	c := &client{link: &link{resolver: n.resolver(t, "http://gone.example/testB")}, timeout: time.Second}
	if res := c.call(time.Now()); res.Outcome != measure.Connection || res.Cause != "host name not resolved" {
		t.Errorf("%v, %q; want connection, host name not resolved", res.Outcome, res.Cause)
	}
}

// counted is a server that counts its connections.
func counted(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server, &connections
}

func TestConnectionIsKept(t *testing.T) {
	server, connections := counted(t, answer)
	c := clientOf(t, server.URL+api.Path, time.Second)
	for range 100 {
		if res := c.call(time.Now()); res.Outcome != measure.OK {
			t.Fatalf("%v: %s", res.Outcome, res.Example)
		}
	}
	if res := c.call(time.Now()); res.Outcome != measure.OK || connections.Load() != 1 {
		t.Errorf("%v over %d connections, want ok over 1", res.Outcome, connections.Load())
	}
}

// If the server sends something on an idle connection, the connection is replaced, and those bytes are not
// taken for a reply.
func TestServerActsOnAnIdleConnection(t *testing.T) {
	hang := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	for name, act := range map[string]func(conn net.Conn){
		"closes":      func(net.Conn) {},
		"resets":      func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) },
		"half-closes": func(conn net.Conn) { _ = conn.(*net.TCPConn).CloseWrite(); hang(conn) },
		"says farewell": func(conn net.Conn) {
			says("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")(conn)
			hang(conn)
		},
		"refuses": func(conn net.Conn) {
			says("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}")(conn)
			hang(conn)
		},
		"answers again": func(conn net.Conn) {
			says("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"ts_diff\": 9}")(conn)
			hang(conn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			replied := make(chan struct{})
			c := clientOf(t, rawServer(t, func(conn net.Conn) {
				says("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"ts_diff\": 5}")(conn)
				<-replied
				act(conn)
			}), 10*time.Second)
			for range 3 {
				if res := c.call(time.Now()); res.Outcome != measure.OK || res.TSDiff != 5*time.Millisecond {
					t.Fatalf("%v with ts_diff %v (%s), want ok with 5ms", res.Outcome, res.TSDiff, res.Example)
				}
				replied <- struct{}{}
				for !c.link.readable() {
					time.Sleep(time.Millisecond)
				}
				c.link.used = c.link.used.Add(-justUsed)
			}
		})
	}
}

// A reply to an earlier request is not taken for the reply to this one, even if it arrives after this one was sent.
func TestReplyToAnotherRequest(t *testing.T) {
	var connections atomic.Int64
	c := clientOf(t, listening(t, func(conn net.Conn) {
		connections.Add(1)
		repeatLastReply(conn)
	}), time.Minute)
	for n := range 4 {
		want, cause := measure.OK, ""
		if n%2 == 1 { // the second on its connection
			want, cause = measure.Malformed, "200 to another request"
		}
		time.Sleep(2 * time.Millisecond) // a ts that happens to be whole is compared in whole milliseconds
		if res := c.call(time.Now()); res.Outcome != want || res.Cause != cause {
			t.Errorf("call %d: %v, %q (%s); want %v, %q", n, res.Outcome, res.Cause, res.Example, want, cause)
		}
	}
	if connections.Load() != 2 {
		t.Errorf("%d connections, want the first one replaced once", connections.Load())
	}
}

// repeatLastReply answers each request after the first with the reply to the one before it.
func repeatLastReply(conn net.Conn) {
	var reply []byte
	for reader := bufio.NewReader(conn); ; {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		req, err := api.DecodeRequest(body)
		if err != nil {
			return
		}
		last := reply
		reply = req.ReplyAt(time.Now()).AppendJSON(nil)
		if last == nil {
			last = reply
		}
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(last), last)
	}
}

// A connection that was idle for long is replaced: the server may close it while a request is on its way.
func TestConnectionThatWasIdleForLongIsReplaced(t *testing.T) {
	server, connections := counted(t, answer)
	c := clientOf(t, server.URL+api.Path, time.Second)
	for range 2 {
		if res := c.call(time.Now()); res.Outcome != measure.OK {
			t.Fatalf("%v: %s", res.Outcome, res.Example)
		}
		c.link.used = time.Now().Add(-c.link.maxIdle)
	}
	if connections.Load() != 2 {
		t.Errorf("%d connections, want 2", connections.Load())
	}
}

func TestServerThatClosesEachTime(t *testing.T) {
	server, connections := counted(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		answer(w, r)
	})
	c := clientOf(t, server.URL+api.Path, time.Second)
	for range 20 {
		if res := c.call(time.Now()); res.Outcome != measure.OK {
			t.Fatalf("%v: %s", res.Outcome, res.Example)
		}
	}
	if connections.Load() != 20 {
		t.Errorf("%d connections, want 20", connections.Load())
	}
}

func TestTimestampIsFresh(t *testing.T) {
	server, _ := counted(t, answer)
	c := clientOf(t, server.URL+api.Path, time.Second)
	for range 10 {
		time.Sleep(5 * time.Millisecond)
		before := time.Now()
		res := c.call(before)
		if took := time.Since(before); res.TSDiff < 0 || res.TSDiff > took+time.Microsecond {
			t.Errorf("ts_diff %v of a call that took %v", res.TSDiff, took)
		}
	}
}

// A worker skips its address while that does not answer, and returns to it once it does.
func TestDeadAddressIsPassedOver(t *testing.T) {
	live, _ := counted(t, answer)
	port := netip.MustParseAddrPort(live.Listener.Addr().String()).Port()
	var n names
	n.set("127.0.0.1", "127.0.0.2")
	r := n.resolver(t, "http://b:"+parse(t, live.URL).Port()+"/testB")
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := clientOf(t, live.URL+api.Path, time.Second)
	c.link.resolver, c.link.worker = r, 1 // which belongs to 127.0.0.2

	if res := c.call(time.Now()); res.Outcome != measure.OK || c.link.addr.Addr().String() != "127.0.0.1" {
		t.Fatalf("%v over %v, want ok over 127.0.0.1: %s", res.Outcome, c.link.addr, res.Example)
	}
	second, err := net.Listen("tcp", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), port).String())
	if err != nil {
		t.Skip("this system has one loopback address only:", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(answer)}
	defer func() { _ = server.Close() }()
	go func() { _ = server.Serve(second) }()
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if res := c.call(time.Now()); res.Outcome != measure.OK || c.link.addr.Addr().String() != "127.0.0.2" {
		t.Errorf("%v over %v, want ok over 127.0.0.2: %s", res.Outcome, c.link.addr, res.Example)
	}
}
