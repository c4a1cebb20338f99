package main

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/pprof"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"batchlab/service-b/api"
)

// newAdmin answers the admin port: metrics, health, config and profiles.
func newAdmin(knobs *knobs, registry *prometheus.Registry, ready func() bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready() {
			respond(w, http.StatusServiceUnavailable, api.ErrorReply{Error: "shutting down, or every AI worker is stuck", Code: api.CodeDraining})
			return
		}
		respond(w, http.StatusOK, map[string]string{"status": "ready"})
	})
	mux.HandleFunc("GET /config", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, knobs.settings())
	})
	mux.HandleFunc("PATCH /config", func(w http.ResponseWriter, r *http.Request) { patchConfig(w, r, knobs) })
	for path, allowed := range map[string]string{"/metrics": "GET, HEAD", "/healthz": "GET, HEAD", "/readyz": "GET, HEAD", "/config": "GET, HEAD, PATCH"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", allowed)
			respond(w, http.StatusMethodNotAllowed, api.ErrorReply{Error: "allowed here: " + allowed, Code: api.CodeMethodNotAllowed})
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusNotFound, api.ErrorReply{
			Error: "nothing here, there are /metrics, /healthz, /readyz, /config and /debug/pprof/", Code: api.CodeNotFound,
		})
	})
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func patchConfig(w http.ResponseWriter, r *http.Request, knobs *knobs) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout)) // TCP always can
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		respond(w, http.StatusBadRequest, api.ErrorReply{Error: "body: " + err.Error(), Code: api.CodeInvalid})
		return
	}
	changed, err := knobs.change(func(s *Settings) error { return patch(s, body) })
	if err != nil {
		respond(w, http.StatusBadRequest, api.ErrorReply{Error: strings.ReplaceAll(err.Error(), "\n", "; "), Code: api.CodeInvalid})
		return
	}
	respond(w, http.StatusOK, changed)
}

// patch sets the fields that are in body, a JSON object.
func patch(s *Settings, body []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return errors.New(`body: want a JSON object of settings, like {"batch_size": 20}`)
	}
	var problems configError
	for _, name := range slices.Sorted(maps.Keys(object)) {
		allowed, known := allowedSettings()[name]
		if !known {
			allowed = "a setting: " + strings.Join(slices.Sorted(maps.Keys(allowedSettings())), ", ")
		}
		one, _ := json.Marshal(map[string]json.RawMessage{name: object[name]})
		if !known || string(object[name]) == "null" || json.Unmarshal(one, s) != nil {
			problems = append(problems, problem{name, strings.Trim(string(object[name]), `"`), allowed})
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// allowedSettings is what is allowed for each setting, by JSON name.
func allowedSettings() map[string]string {
	allowed := map[string]string{}
	for field := range reflect.TypeFor[Settings]().Fields() {
		allowed[field.Tag.Get("json")] = strings.ToLower(field.Tag.Get("allowed"))
	}
	return allowed
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone is no failure of ours
}
