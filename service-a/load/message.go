package load

import (
	"bytes"
	"fmt"
	"net/url"
	"time"

	"batchlab/service-b/api"
)

// message is the request as it goes over the wire. All of it but ts stays the same from one
// request to the next, so it is rendered once, and then only ts is written into its place.
type message struct {
	target  *url.URL
	image   string
	bytes   []byte
	ts      int // where ts begins
	scratch []byte
}

func newMessage(target *url.URL, image string) *message {
	return &message{target: target, image: image}
}

// at returns the request for a call that begins at now. The result is valid until the next call.
func (m *message) at(now time.Time) []byte {
	ts := api.MillisOf(now, true)
	m.scratch = ts.AppendJSON(m.scratch[:0])
	width := len(m.scratch)
	if m.bytes == nil || m.bytes[m.ts+width] != ',' { // first, or a clock with other digits
		m.render(ts)
	}
	copy(m.bytes[m.ts:], m.scratch)
	return m.bytes
}

func (m *message) render(ts api.Millis) {
	body := api.Request{TS: ts, URL: m.image}.AppendJSON(nil)
	head := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: batchlab-service-a\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", m.target.RequestURI(), m.target.Host, len(body))
	m.ts = len(head) + bytes.Index(body, ts.AppendJSON(nil))
	m.bytes = append(head, body...)
}
