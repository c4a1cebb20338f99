package load

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"batchlab/service-b/api"
)

// message is the request as it goes over the wire. Everything except its length and ts is rendered once.
type message struct {
	head, before, after []byte // before Content-Length's value, from there to ts, and after it
	ts, bytes           []byte
}

func newMessage(target *url.URL, image string) *message {
	head := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: batchlab-service-a\r\n"+
		"Content-Type: application/json\r\nContent-Length: ", target.RequestURI(), target.Host)
	before, after, _ := bytes.Cut(api.Request{URL: image}.AppendJSON([]byte("\r\n\r\n")), []byte("0")) // ts
	return &message{head: head, before: before, after: after}
}

// at returns the request for a call that begins at now. The result is valid until the next call.
func (m *message) at(now time.Time) []byte {
	m.ts = api.MillisOf(now, true).AppendJSON(m.ts[:0])
	length := len(m.before) - len("\r\n\r\n") + len(m.ts) + len(m.after)
	m.bytes = strconv.AppendInt(append(m.bytes[:0], m.head...), int64(length), 10)
	m.bytes = append(m.bytes, m.before...)
	m.bytes = append(m.bytes, m.ts...)
	m.bytes = append(m.bytes, m.after...)
	return m.bytes
}
