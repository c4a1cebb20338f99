//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// conversation is one connection.
type conversation struct {
	replica string
	conn    net.Conn
	reader  *bufio.Reader
}

// reply is what came back for one request.
type reply struct {
	kind    string
	closing bool
	wrong   string // why it is no reply to this request
}

// ask sends a request with this ts, and reads its reply. An error means that there is none.
func (c *conversation) ask(ts int64, padding string, patience time.Duration) (reply, error) {
	sent := fmt.Sprintf("%d.%03d", ts/1000, ts%1000)
	body := fmt.Sprintf(`{"ts": %s, "url": "http://example.com/%d.png", "padding": "%s"}`, sent, ts, padding)
	_ = c.conn.SetDeadline(time.Now().Add(patience)) // cannot fail on an open connection
	if _, err := fmt.Fprintf(c.conn, "POST /testB HTTP/1.1\r\nHost: b\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		return reply{}, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{kind: kindOf(response.StatusCode), closing: response.Close}
	r.wrong = wrongIn(response, answer, sent)
	if c.reader.Buffered() > 0 {
		r.wrong = "a second reply to one request"
	}
	return r, nil
}

// wrongIn says why a reply is none to the request with this ts; "" if it is one.
func wrongIn(response *http.Response, body []byte, ts string) string {
	var fields struct {
		RecTS json.Number `json:"rec_ts"`
		Code  string
	}
	switch err := json.Unmarshal(body, &fields); {
	case err != nil, kindOf(response.StatusCode) == "":
		return fmt.Sprintf("%s: %s", response.Status, body)
	case response.StatusCode != http.StatusOK && fields.Code == "":
		return fmt.Sprintf("%s without a code: %s", response.Status, body)
	case response.StatusCode == http.StatusOK && !sameNumber(fields.RecTS, json.Number(ts)):
		return fmt.Sprintf("the reply to ts %s is for %s", ts, fields.RecTS)
	}
	return ""
}

// sameNumber allows for 1.5 and 1.500.
func sameNumber(a, b json.Number) bool {
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && x == y
}

// listen returns what comes although no reply is due; "" if nothing does.
func (c *conversation) listen(within time.Duration) string {
	_ = c.conn.SetReadDeadline(time.Now().Add(within)) // cannot fail on an open connection
	if _, err := c.reader.ReadByte(); err != nil {
		return ""
	}
	return "a reply to no request"
}

// A client that does not notice a wrong reply proves nothing.
func TestConversation(t *testing.T) {
	const served = `{"rec_ts": 1700000000000.5, "resp_ts": 1700000000001, "ts_diff": 0.5}`
	for _, c := range []struct {
		name, reply string
		kind, wrong string
		missing     bool
	}{
		{"its own", httpReply(200, served), "ok", "", false},
		{"an error", httpReply(503, `{"error": "full", "code": "busy"}`), "busy", "", false},
		{"another request's", httpReply(200, strings.ReplaceAll(served, ".5,", ".6,")), "ok", "is for 1700000000000.6", false},
		{"two", httpReply(200, served) + httpReply(200, served), "ok", "a second reply", false},
		{"an error without a code", httpReply(503, `{"error": "full"}`), "busy", "without a code", false},
		{"no JSON", httpReply(200, `ok`), "ok", "200", false},
		{"an unknown status", httpReply(502, `{"code": "bad_gateway"}`), "", "502", false},
		{"none", "", "", "", true},
		{"half of one", httpReply(200, served)[:60], "", "", true},
	} {
		near, far := net.Pipe()
		go func() {
			_, _ = http.ReadRequest(bufio.NewReader(far)) // whatever it is
			_, _ = io.WriteString(far, c.reply)
			far.Close()
		}()
		r, err := (&conversation{conn: near, reader: bufio.NewReader(near)}).ask(1700000000000500, "", time.Minute)
		if r.kind != c.kind || (err != nil) != c.missing || (r.wrong != "") != (c.wrong != "") || !strings.Contains(r.wrong, c.wrong) {
			t.Errorf("%s: kind %q, wrong %q (%v)", c.name, r.kind, r.wrong, err)
		}
		near.Close()
	}
}

func httpReply(status int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: %d\r\n\r\n%s", status, http.StatusText(status), len(body), body)
}
