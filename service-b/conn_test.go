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
	"time"

	ai "batchlab/service-b/model"
)

// TestRawClients speaks to the socket as no well-behaved library would.
func TestRawClients(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=1")
	post := func(version, headers string) string {
		return fmt.Sprintf("POST /testB HTTP/%s\r\nHost: h\r\nContent-Length: %d\r\n%s\r\n%s", version, len(body), headers, body)
	}
	tests := []struct {
		name, sent string
		want       []int
	}{
		{"no Content-Type", post("1.1", "Connection: close\r\n"), []int{200}},
		{"HTTP/1.0", post("1.0", ""), []int{200}},
		{"pipelined", post("1.1", "") + post("1.1", "") + post("1.1", "Connection: close\r\n"), []int{200, 200, 200}},
		{"malformed chunk", "POST /testB HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", []int{400}},
		{"no HTTP", "hello\r\n\r\n", []int{400}},
		{"no Host", "POST /testB HTTP/1.1\r\n\r\n", []int{400}},
		{"unknown transfer coding", "POST /testB HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: zip\r\n\r\n", []int{501}},
		{"unknown expectation", "POST /testB HTTP/1.1\r\nHost: h\r\nExpect: miracle\r\n\r\n", []int{417}},
		{"unknown version", "POST /testB HTTP/3.0\r\nHost: h\r\n\r\n", []int{505}},
		{"headers too large", "POST /testB HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 30_000) + "\r\n\r\n", []int{431}},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", []int{404}},
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
				var reply map[string]any
				err = json.NewDecoder(response.Body).Decode(&reply)
				if err != nil || response.StatusCode != want || (want != 200) != (reply["error"] != nil && reply["code"] != nil) {
					t.Errorf("got %d %v, %v", response.StatusCode, reply, err)
				}
			}
			if rest, err := io.ReadAll(replies); len(rest) > 0 || err != nil {
				t.Errorf("then %q, %v", rest, err)
			}
		})
	}
}

func shortReadTimeout(s *service) { s.traffic.ReadTimeout = 100 * time.Millisecond }

func TestWaitInTheQueueMayOutlastTheReadTimeout(t *testing.T) {
	g := newGate()
	s := startWith(t, shortReadTimeout, g, "BATCH_SIZE=1")
	result := s.postMany(t.Context(), 1)
	time.Sleep(300 * time.Millisecond) // the timeout passes meanwhile
	close(g.open)
	if r := <-result; r.status != 200 {
		t.Errorf("got %+v", r)
	}
}

func TestBodyThatNeverEndsIsRefused(t *testing.T) {
	s := startWith(t, shortReadTimeout, ai.Noop{}, "BATCH_SIZE=1")
	conn, err := net.Dial("tcp", s.trafficListener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /testB HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	reply, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(reply), "HTTP/1.1 400") || !strings.Contains(string(reply), `"code":"invalid"`) {
		t.Errorf("got %s, %v", reply, err)
	}
}
