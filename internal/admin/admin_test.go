package admin

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// serve starts a service whose state is the value behind the returned pointer.
func serve(t *testing.T) (*httptest.Server, *atomic.Value) {
	t.Helper()
	var state atomic.Value
	state.Store(Ready)
	server := httptest.NewServer(Handler(prometheus.NewRegistry(), func() string { return state.Load().(string) }, map[string]http.HandlerFunc{
		"GET /config":   func(w http.ResponseWriter, _ *http.Request) { Respond(w, http.StatusOK, "got") },
		"PATCH /config": func(w http.ResponseWriter, _ *http.Request) { Respond(w, http.StatusOK, "patched") },
	}))
	t.Cleanup(server.Close)
	return server, &state
}

func TestHandler(t *testing.T) {
	server, state := serve(t)
	for _, tt := range []struct {
		state, request string
		status         int
		body, allow    string
	}{
		{Ready, "GET /healthz", 200, `{"status":"ok"}`, ""},
		{Ready, "GET /readyz", 200, `{"status":"ready"}`, ""},
		{"stuck", "GET /readyz", 503, `{"code":"stuck","error":"not ready: stuck"}`, ""},
		{"stuck", "GET /healthz", 200, `{"status":"ok"}`, ""},
		{Ready, "GET /config", 200, `"got"`, ""},
		{Ready, "PATCH /config", 200, `"patched"`, ""},
		{Ready, "PUT /config", 405, "", "GET, HEAD, PATCH"},
		{Ready, "POST /metrics", 405, "", "GET, HEAD"},
		{Ready, "GET /nope", 404, "", ""},
		{Ready, "GET /debug/pprof/cmdline", 200, "", ""},
		{Ready, "GET /metrics", 200, "", ""},
	} {
		state.Store(tt.state)
		method, path, _ := strings.Cut(tt.request, " ")
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != tt.status || response.Header.Get("Allow") != tt.allow ||
			tt.body != "" && strings.TrimSpace(string(body)) != tt.body {
			t.Errorf("%s when %s: %d %q %s %v", tt.request, tt.state, response.StatusCode, response.Header.Get("Allow"), body, err)
		}
		if tt.body != "" && response.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: Content-Type is %q", tt.request, response.Header.Get("Content-Type"))
		}
	}
}

func TestHealthcheck(t *testing.T) {
	server, state := serve(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	for _, addr := range []string{"127.0.0.1:" + port, ":" + port, "0.0.0.0:" + port} {
		if err := Healthcheck(t.Context(), addr); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	state.Store("draining")
	if err := Healthcheck(t.Context(), ":"+port); err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "draining") {
		t.Errorf("while draining: %v", err)
	}
	server.Close()
	if err := Healthcheck(t.Context(), ":"+port); err == nil {
		t.Error("a service that is gone is ready")
	}
}

// The zone of an IPv6 address is written %25lo in a URL.
func TestHealthcheckTakesAZone(t *testing.T) {
	err := Healthcheck(t.Context(), "[fe80::1%no-such-interface]:1")
	if err == nil || !strings.Contains(err.Error(), "dial") {
		t.Errorf("got %v, want an attempt to connect", err)
	}
}

// A container may have HTTP_PROXY set for its downloads. Go bypasses a proxy for loopback addresses
// only, and ADMIN_ADDR may name another one.
func TestHealthcheckIgnoresProxies(t *testing.T) {
	var asked atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	if err := Healthcheck(t.Context(), "service.invalid:1"); err == nil || asked.Load() {
		t.Errorf("the proxy was asked: %v (%v)", asked.Load(), err)
	}
}

// A client that keeps asking and never reads must not hold a goroutine forever.
func TestClientThatNeverReadsIsCutOff(t *testing.T) {
	closed := make(chan struct{}, 1)
	mux := newMux(prometheus.NewRegistry(), func() string { return Ready }, nil)
	server := httptest.NewUnstartedServer(withWriteTimeout(mux, 50*time.Millisecond))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		request := []byte(strings.Repeat("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 1000))
		for range 1000 { // more replies than the buffers hold
			if _, err := conn.Write(request); err != nil {
				return
			}
		}
	}()
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Error("the connection is still there")
	}
}
