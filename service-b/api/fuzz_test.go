package api

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzDecodeRequest checks that the plain decoder accepts only what the full one accepts, with the same
// result, that every accepted request is UTF-8, and that it survives a round trip.
func FuzzDecodeRequest(f *testing.F) {
	for _, body := range []string{
		`{"ts": 1700000000123.456, "url": "http://www.example.com/a/b_1.png?x=1"}`,
		`{"url":"https://h","ts":-0.001}`, `{"ts":00,"url":"http://h"}`, `{"ts":1.,"url":"http://h"}`,
		`{"ts":1,"url":"http://h/\u0041"}`, `{"a":1,"ts":1,"url":"http://-./"}`, `{"ts":1,"url":"http://h/"}{`,
		"{\"ts\":1,\"url\":\"http://h/\xff\"}", "{\"\xff\":1,\"ts\":1,\"url\":\"http://h/\"}", `{"ts":1,"url":"http://h/\ud800"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, err := decodeAnyRequest(body)
		if got, ok := decodePlainRequest(body); ok && (err != nil || got != want) {
			t.Fatalf("%s: plain %+v, full %+v, %v", body, got, want, err)
		}
		if err != nil {
			return
		}
		if !utf8.Valid(body) || strings.ContainsRune(want.URL, utf8.RuneError) {
			t.Fatalf("%q: accepted as %+v", body, want)
		}
		again, err := DecodeRequest(want.AppendJSON(nil))
		if err != nil || again.TS != want.TS || again.URL != want.URL {
			t.Fatalf("%s: %+v came back as %+v, %v", body, want, again, err)
		}
	})
}

// FuzzDecodeAnswer compares the two decoders of replies.
func FuzzDecodeAnswer(f *testing.F) {
	f.Add([]byte(`{"rec_ts":1.500,"resp_ts":2.750,"ts_diff":1.250}`))
	f.Add([]byte(`{"ts_diff":-0,"ts_diff":1}`))
	f.Add([]byte(`{"rec_ts":-0,"rec_ts":1e3}`))
	f.Add([]byte(`{"rec_ts":1764000000000.123,"resp_ts":1764000000000.4685,"ts_diff":0.345458984375}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		want, err := decodeAnyAnswer(body)
		if got, ok := decodePlainAnswer(body); ok && (err != nil || got != want) {
			t.Fatalf("%s: plain %+v, full %+v, %v", body, got, want, err)
		}
	})
}
