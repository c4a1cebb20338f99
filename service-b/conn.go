package main

import (
	"bytes"
	"net"
	"net/http"
	"strconv"
	"time"

	"batchlab/service-b/api"
)

// writeTimeout ends a connection whose client does not take its replies. It is kept here because
// http.Server's own counts from the request, and a request may rightly wait long in the queue.
const writeTimeout = 30 * time.Second

// listener accepts connections, and makes of them what it is told to.
type listener struct {
	net.Listener
	wrap func(*net.TCPConn) net.Conn
}

// Accept waits for the next connection.
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return l.wrap(tcp), err
	}
	return conn, err
}

// jsonConn puts JSON in place of the text that net/http writes on its own when a request is so
// malformed that no handler sees it. It relies on net/http writing such a reply in one piece, and on
// all replies of the handlers naming application/json (TestRawClients).
type jsonConn struct {
	*net.TCPConn
	opened  time.Time
	refresh time.Duration // since opened: when the write deadline is to be set anew
}

func newJSONConn(tcp *net.TCPConn) net.Conn { return &jsonConn{TCPConn: tcp, opened: time.Now()} }

// Write passes p on, or its JSON counterpart. Replies come here whole: they are smaller than net/http's buffer.
func (c *jsonConn) Write(p []byte) (int, error) {
	if now := time.Since(c.opened); now >= c.refresh {
		c.refresh = now + writeTimeout/2
		if err := c.SetWriteDeadline(c.opened.Add(now + writeTimeout)); err != nil {
			return 0, err
		}
	}
	if status, own := ownError(p); own {
		if _, err := c.TCPConn.Write(jsonError(status, p)); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return c.TCPConn.Write(p)
}

// ownError tells whether p is an error reply of net/http itself: ours are JSON.
func ownError(p []byte) (status int, own bool) {
	const before = len("HTTP/1.1 ")
	if len(p) < before+3 || p[before] < '4' || !bytes.HasPrefix(p, []byte("HTTP/1.")) || bytes.Contains(p, []byte("application/json")) {
		return 0, false
	}
	status, err := strconv.Atoi(string(p[before : before+3]))
	return status, err == nil
}

// jsonError says in JSON what p, a whole reply, says as text.
func jsonError(status int, p []byte) []byte {
	_, text, _ := bytes.Cut(p, []byte("\r\n\r\n"))
	reply := api.ErrorReply{Error: string(text), Code: api.CodeInvalid}
	if reply.Error == "" {
		reply.Error = http.StatusText(status)
	}
	if status == http.StatusRequestHeaderFieldsTooLarge {
		reply.Code = api.CodeTooLarge
	}
	body := reply.AppendJSON(nil)
	head := "HTTP/1.1 " + strconv.Itoa(status) + " " + http.StatusText(status) +
		"\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	return append([]byte(head), body...)
}
