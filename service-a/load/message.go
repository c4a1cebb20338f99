package load

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"batchlab/service-b/api"
)

// message is the request as it goes over the wire. What is the same in each request is rendered once.
type message struct {
	head  []byte // up to the value of Content-Length
	image string
	body  []byte
	bytes []byte
}

func newMessage(target *url.URL, image string) *message {
	head := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: batchlab-service-a\r\n"+
		"Content-Type: application/json\r\nContent-Length: ", target.RequestURI(), target.Host)
	return &message{head: head, image: image}
}

// at returns the request for a call that begins at now. The result is valid until the next call.
func (m *message) at(now time.Time) []byte {
	m.body = api.Request{TS: api.MillisOf(now, true), URL: m.image}.AppendJSON(m.body[:0])
	m.bytes = append(m.bytes[:0], m.head...)
	m.bytes = strconv.AppendInt(m.bytes, int64(len(m.body)), 10)
	m.bytes = append(m.bytes, "\r\n\r\n"...)
	m.bytes = append(m.bytes, m.body...)
	return m.bytes
}
