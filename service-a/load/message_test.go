package load

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"batchlab/service-b/api"
)

// The message follows the contract, whatever was rendered before it.
func TestMessage(t *testing.T) {
	target, err := url.Parse("http://b.example:5000/testB?x=1")
	if err != nil {
		t.Fatal(err)
	}
	const image = `http://example.com/a?b="c"&d=1764000000000.123,`
	m := newMessage(target, image)
	start := time.UnixMicro(1764000000000123)
	for _, now := range []time.Time{start, start.Add(time.Microsecond), start.Add(time.Hour), time.UnixMicro(1), start} {
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(m.at(now))))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		want := api.Request{TS: api.MillisOf(now, true), URL: image}.AppendJSON(nil)
		if !bytes.Equal(body, want) {
			t.Errorf("body at %v is %s, want %s", now, body, want)
		}
		if req.Method != http.MethodPost || req.Host != "b.example:5000" || req.RequestURI != "/testB?x=1" || req.ContentLength != int64(len(want)) {
			t.Errorf("%s %s to %s with %d bytes", req.Method, req.RequestURI, req.Host, req.ContentLength)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	m := newMessage(&url.URL{Scheme: "http", Host: "b:5000", Path: api.Path}, "http://example.com/a.png")
	b.ReportAllocs()
	now := time.Now()
	for b.Loop() {
		now = now.Add(time.Microsecond)
		m.at(now)
	}
}
