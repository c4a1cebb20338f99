package api_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"batchlab/service-b/api"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// TestGolden pins every message byte for byte, because a change would break existing clients.
func TestGolden(t *testing.T) {
	now := time.UnixMicro(1700000000223_456)
	replyTo := func(body string) []byte {
		r, err := api.DecodeRequest([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return r.ReplyAt(now).AppendJSON(nil)
	}
	messages := map[string][]byte{
		"request.json":          api.Request{TS: api.MillisOf(now, true), URL: logo}.AppendJSON(nil),
		"reply_whole.json":      replyTo(`{"ts":1700000000123,"url":"` + logo + `"}`),
		"reply_fraction.json":   replyTo(`{"ts":1700000000123.5,"url":"` + logo + `"}`),
		"reply_fine.json":       replyTo(`{"ts":1700000000123.4567,"url":"` + logo + `"}`),
		"reply_from_later.json": replyTo(`{"ts":1700000000223.5,"url":"` + logo + `"}`),
		"busy.json":             api.ErrorReply{Error: "queue full", Code: api.CodeBusy, Busy: "queue full"}.AppendJSON(nil),
		"invalid.json":          api.ErrorReply{Error: `url: "x\n", want an absolute URL`, Code: api.CodeInvalid}.AppendJSON(nil),
	}
	for name, got := range messages {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(append(got, '\n'), want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
