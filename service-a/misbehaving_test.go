package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"batchlab/service-b/api"
)

// misbehaving is a server that does the next wrong thing at each request, and counts what it did.
type misbehaving struct {
	mu   sync.Mutex
	n    int
	done map[string]int64 // by the outcome that A should count
}

// ways are its misdeeds, by the outcome that A should count. If one returns false, the connection is
// closed.
func ways() []struct {
	outcome string
	do      func(conn net.Conn, req api.Request) bool
} {
	reply := func(conn net.Conn, status string, body string) bool {
		_, err := fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
		return err == nil
	}
	fine := func(conn net.Conn, req api.Request) bool {
		return reply(conn, "200 OK", string(req.ReplyAt(time.Now()).AppendJSON(nil)))
	}
	hang := func(conn net.Conn) bool { _, _ = io.Copy(io.Discard, conn); return false }
	return []struct {
		outcome string
		do      func(conn net.Conn, req api.Request) bool
	}{
		{"ok", fine},
		{"timeout", func(conn net.Conn, _ api.Request) bool { return hang(conn) }},
		{"connection", func(conn net.Conn, _ api.Request) bool { // reset in the body
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
			_ = conn.(*net.TCPConn).SetLinger(0)
			return false
		}},
		{"malformed", func(conn net.Conn, _ api.Request) bool { return reply(conn, "200 OK", "}{") }},
		{"rejected", func(conn net.Conn, _ api.Request) bool { return reply(conn, "418 I'm a teapot", "") }},
		{"timeout", func(conn net.Conn, _ api.Request) bool { // sends byte by byte
			_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
			for ; err == nil; _, err = conn.Write([]byte(" ")) {
				time.Sleep(10 * time.Millisecond)
			}
			return false
		}},
		{"ok", func(conn net.Conn, req api.Request) bool { // closes without saying so
			fine(conn, req)
			return false
		}},
		{"busy", func(conn net.Conn, _ api.Request) bool {
			_, err := io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}")
			return err == nil
		}},
		{"failed", func(conn net.Conn, _ api.Request) bool { return reply(conn, "500 Internal Server Error", "<html>") }},
	}
}

func (m *misbehaving) serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		httpReq, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, err := io.ReadAll(httpReq.Body)
		if err != nil {
			return
		}
		req, err := api.DecodeRequest(body)
		if err != nil {
			return
		}
		m.mu.Lock()
		way := ways()[m.n%len(ways())]
		m.n++
		m.done[way.outcome]++
		m.mu.Unlock()
		if !way.do(conn, req) {
			return
		}
	}
}

// Whatever B does, A counts each request once, under its actual outcome, and the run ends.
func TestMisbehavingServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	m := &misbehaving{done: map[string]int64{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go m.serve(conn)
		}
	}()
	dir := t.TempDir()
	l := newLab("TARGET_URL=http://"+listener.Addr().String()+"/testB", "REQUESTS=90", "CONCURRENCY=45", "REQUEST_TIMEOUT=5s", "GOAL_FAILED=100%", "REPORT_DIR="+dir)
	if status := l.run(t.Context()); status != exitOK && status != exitInvalid {
		t.Fatalf("exit status %d: %s", status, l.stderr.String())
	}
	r := readReport(t, dir)
	if r.Requests["sent"] != 90 {
		t.Errorf("%d requests were sent, want 90", r.Requests["sent"])
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	closed := int64(90) // requests on connections that had been closed: the server knows nothing of them
	for outcome, n := range m.done {
		closed -= n
		if outcome != "connection" && r.Requests[outcome] != n {
			t.Errorf("%d requests were %s, want %d", r.Requests[outcome], outcome, n)
		}
	}
	if got, want := r.Requests["connection"], m.done["connection"]+closed; got != want {
		t.Errorf("%d requests met a broken connection, want %d", got, want)
	}
}
