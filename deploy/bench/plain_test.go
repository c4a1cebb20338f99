//go:build linux

package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestPlainAnswersLikeServiceB(t *testing.T) {
	answer, refusal := []string{"rec_ts", "resp_ts", "ts_diff"}, []string{"code", "error"}
	for _, codec := range []string{"std", "same"} {
		server, _, err := start(t.Context(), plain("plain", codec))
		if err != nil {
			t.Fatal(err)
		}
		defer server.stop()
		for _, test := range []struct {
			body   string
			status int
			keys   []string
		}{
			{`{"ts": 1764000000000.125, "url": "http://a.b/c"}`, 200, answer},
			{`{"ts": "now", "url": "http://a.b/c"}`, 400, refusal},
			{`{"ts": 1, "url": "c"}`, 400, refusal},
		} {
			response, err := http.Post("http://"+server.traffic+"/testB", "", strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(response.Body)
			response.Body.Close()
			var reply map[string]any
			err = json.Unmarshal(text, &reply)
			if keys := slices.Sorted(maps.Keys(reply)); err != nil || response.StatusCode != test.status || !slices.Equal(keys, test.keys) {
				t.Errorf("%s: %s is answered with %d: %s, %v", codec, test.body, response.StatusCode, text, err)
			}
			if test.status == 200 && (reply["rec_ts"] != 1764000000000.125 || reply["ts_diff"].(float64) <= 0) {
				t.Errorf("%s: the reply is %s", codec, text)
			}
		}
	}
}

func TestPlainEndsOnTheFirstSignal(t *testing.T) {
	server, _, err := start(t.Context(), plain("plain", "std"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.stop()
	if err := server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-server.ended
	if got := server.failure().Error(); got != "plain ended: exit status 1\nbench plain: http: Server closed\n" {
		t.Errorf("it ended with %q", got)
	}
}
