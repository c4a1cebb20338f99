package target

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// replica is the admin port of one instance of B.
type replica struct {
	*httptest.Server

	mu      sync.Mutex
	instead http.HandlerFunc // if set, serves everything
	config  map[string]any
	metrics string
	patches []string                                       // bodies of the PATCH requests, in order
	hooks   []func(w http.ResponseWriter, r *http.Request) // handle the next PATCHes; nil = as usual
}

// defaults are a B's settings with the simulated model.
const defaults = `{"batch_size":10,"batch_timeout":"1s","partial_batch":"fail","queue_limit":800,"ai_workers":0,"ai_batch_cost":"2ms"}`

func (r *replica) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	if instead := r.instead; instead != nil {
		r.mu.Unlock()
		instead(w, req)
		return
	}
	defer r.mu.Unlock()
	switch req.Method + " " + req.URL.Path {
	case "GET /metrics":
		_, _ = io.WriteString(w, strings.Replace(r.metrics, "UPTIME", fmt.Sprint(time.Since(born).Seconds()), 1))
	case "GET /config":
		_ = json.NewEncoder(w).Encode(r.config)
	case "PATCH /config":
		body, _ := io.ReadAll(req.Body)
		r.patches = append(r.patches, string(body))
		if len(r.hooks) > 0 {
			hook := r.hooks[0]
			r.hooks = r.hooks[1:]
			if hook != nil {
				hook(w, req)
				return
			}
		}
		_ = json.Unmarshal(body, &r.config)
		_ = json.NewEncoder(w).Encode(r.config)
	default:
		http.NotFound(w, req)
	}
}

// born is when all replicas started.
var born = time.Now().Add(-time.Hour)

// setting is the value of one setting as JSON.
func (r *replica) setting(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, _ := json.Marshal(r.config[name])
	return string(text)
}

func (r *replica) replace(handler http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.instead = handler
}

func (r *replica) show(metrics string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metrics = metrics
}

// object is the whole configuration as JSON, with sorted names.
func (r *replica) object() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, _ := json.Marshal(r.config)
	return string(text)
}

// refuse answers as B answers an invalid PATCH.
func refuse(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, `{"error":"batch_size is 900, allowed is 1 to queue_limit","code":"invalid"}`)
}

// hangUp closes the connection without a reply.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// replicas starts n replicas on 127.0.0.2, .3 and so on at the same port, and returns an Admin that knows
// them by one name.
func replicas(t *testing.T, n int) (*Admin, []*replica) {
	t.Helper()
	for range 20 { // the port is free on the first address, but not necessarily on the others
		if all, port := listen(t, n); all != nil {
			var names names
			var addrs []string
			for i := range all {
				addrs = append(addrs, address(i))
			}
			names.set(addrs...)
			admin := NewAdmin(names.resolver(t, "http://b:"+port))
			admin.client.Timeout, admin.figuresWithin = time.Minute, time.Minute // however busy this machine is
			return admin, all
		}
	}
	t.Fatal("no port is free on all addresses")
	return nil, nil
}

func address(i int) string { return fmt.Sprintf("127.0.0.%d", 2+i) }

func listen(t *testing.T, n int) (all []*replica, port string) {
	t.Helper()
	port = "0"
	for i := range n {
		listener, err := net.Listen("tcp", fmt.Sprintf("%s:%s", address(i), port))
		if err != nil && strings.Contains(err.Error(), "assign requested address") {
			t.Skip("this system has one loopback address only:", err)
		}
		if err != nil {
			return nil, ""
		}
		_, port, _ = net.SplitHostPort(listener.Addr().String())
		r := &replica{}
		_ = json.Unmarshal([]byte(defaults), &r.config)
		r.Server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: r}}
		r.Start()
		t.Cleanup(r.Close)
		all = append(all, r)
	}
	return all, port
}
