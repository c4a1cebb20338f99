package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"batchlab/service-b/api"
)

// serve answers as B does, in batches of one.
func serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	req, err := api.DecodeRequest(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, api.CodeInvalid)
		return
	}
	_, _ = w.Write(req.ReplyAt(time.Now()).AppendJSON(nil))
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = w.Write(api.ErrorReply{Error: code, Code: code}.AppendJSON(nil))
}

// start serves handler on loopback, and returns the URL of POST /testB.
func start(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + api.Path
}

// freeAddr returns an address on which nothing listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// screen collects A's output, for reading while A runs.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// value returns the value of a line "name: value" or "name   value" in the summary.
func (s *screen) value(name string) string {
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `(?:: | {2,})(.*)$`).FindStringSubmatch(s.String())
	if m == nil {
		return ""
	}
	return m[1]
}

// lab runs the whole of A.
type lab struct {
	stdout, stderr screen
	environ        []string
}

// newLab returns a lab whose requests may take as long as a busy machine needs.
func newLab(environ ...string) *lab {
	return &lab{environ: append([]string{"ADMIN_ADDR=127.0.0.1:0", "TARGET_ADMIN_URL=none", "REQUEST_TIMEOUT=1m"}, environ...)}
}

func (l *lab) run(ctx context.Context, args ...string) int {
	return run(ctx, args, l.environ, &l.stdout, &l.stderr)
}

// eventually waits as long as a busy machine may take.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
