package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	ai "batchlab/service-b/model"
)

// TestRawClients writes bytes to the socket that no well-behaved library would send.
func TestRawClients(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=1")
	post := func(version, headers string) string {
		return fmt.Sprintf("POST /testB HTTP/%s\r\nHost: h\r\nContent-Length: %d\r\n%s\r\n%s", version, len(body), headers, body)
	}
	tests := []struct {
		name, sent string
		want       []int
		plain      bool // net/http answers it itself, in text
	}{
		{"no Content-Type", post("1.1", "Connection: close\r\n"), []int{200}, false},
		{"HTTP/1.0", post("1.0", ""), []int{200}, false},
		{"pipelined", post("1.1", "") + post("1.1", "") + post("1.1", "Connection: close\r\n"), []int{200, 200, 200}, false},
		{"malformed chunk", "POST /testB HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", []int{400}, false},
		{"too large to be invited", "POST /testB HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 300000\r\n\r\n", []int{413}, false},
		{"no HTTP", "hello\r\n\r\n", []int{400}, true},
		{"no Host", "POST /testB HTTP/1.1\r\n\r\n", []int{400}, true},
		{"unknown transfer coding", "POST /testB HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: zip\r\n\r\n", []int{501}, true},
		{"unknown expectation", "POST /testB HTTP/1.1\r\nHost: h\r\nExpect: miracle\r\n\r\n", []int{417}, true},
		{"unknown version", "POST /testB HTTP/3.0\r\nHost: h\r\n\r\n", []int{505}, true},
		{"headers too large", "POST /testB HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 30_000) + "\r\n\r\n", []int{431}, true},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", []int{404}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.trafficListener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, tt.sent); err != nil {
				t.Fatal(err)
			}
			replies := bufio.NewReader(conn)
			for _, want := range tt.want {
				response, err := http.ReadResponse(replies, nil)
				if err != nil {
					t.Fatal(err)
				}
				reply, err := io.ReadAll(response.Body)
				if err != nil || response.StatusCode != want {
					t.Errorf("got %d %s, %v; want %d", response.StatusCode, reply, err, want)
				}
				var fields struct{ Error, Code string }
				isJSON := json.Unmarshal(reply, &fields) == nil
				if isJSON == tt.plain || isJSON && (want != 200) != (fields.Error != "" && fields.Code != "") {
					t.Errorf("got %s", reply)
				}
			}
			if rest, err := io.ReadAll(replies); len(rest) > 0 || err != nil {
				t.Errorf("then %q, %v", rest, err)
			}
		})
	}
}

func TestBodyThatNeverEndsIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, ai.Noop{}, "BATCH_SIZE=1")
		c := s.dialPipe()
		if _, err := io.WriteString(c, "POST /testB HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		reply, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(reply), "HTTP/1.1 400") || !strings.Contains(string(reply), "not complete within 10s") {
			t.Errorf("got %s, %v", reply, err)
		}
		if after := time.Since(began); after < readTimeout || after > readTimeout+time.Second {
			t.Errorf("after %v", after)
		}
		if got := s.metrics.count(outcomeInvalid); got != 1 {
			t.Errorf("%v invalid, want 1", got)
		}
	})
}
