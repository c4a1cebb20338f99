// Package admin is what the admin ports of both services share: metrics, health, profiles and the health check.
package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Ready is the state of a service that can serve.
const Ready = "ready"

// writeTimeout is how long a client may take to read a reply. Profiles have no limit: their client sets the duration.
const writeTimeout = 30 * time.Second

// Handler answers GET /metrics, /healthz, /readyz, /debug/pprof/ and the given routes, whose keys are
// patterns of http.ServeMux. state returns one word: Ready, or why the service cannot serve. Several
// goroutines call it at once.
func Handler(registry *prometheus.Registry, state func() string, routes map[string]http.HandlerFunc) http.Handler {
	return withWriteTimeout(newMux(registry, state, routes), writeTimeout)
}

func newMux(registry *prometheus.Registry, state func() string, routes map[string]http.HandlerFunc) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry, EnableOpenMetrics: true}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		Respond(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { ready(w, state()) })
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	for pattern, handler := range routes {
		mux.HandleFunc(pattern, handler)
	}
	return mux
}

func withWriteTimeout(mux *http.ServeMux, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/debug/pprof/") {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeout)) // fails only in tests
		}
		mux.ServeHTTP(w, r)
	})
}

func ready(w http.ResponseWriter, state string) {
	if state != Ready {
		Refuse(w, http.StatusServiceUnavailable, state, "not ready: "+state)
		return
	}
	Respond(w, http.StatusOK, map[string]string{"status": state})
}

// Refuse writes a JSON object with error and code.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	Respond(w, status, map[string]string{"error": message, "code": code})
}

// Respond writes body as JSON.
func Respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only if the client has gone
}

// Healthcheck asks the service at that ADMIN_ADDR on this host whether it is ready. It never uses a proxy.
func Healthcheck(ctx context.Context, adminAddr string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(adminAddr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	readyz := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/readyz"}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, readyz.String(), nil)
	if err != nil {
		return err
	}
	direct := http.Transport{DisableKeepAlives: true} // http.DefaultTransport would obey HTTP_PROXY
	response, err := direct.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10)) // only for the message
		return fmt.Errorf("readyz answered %s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return nil
}
