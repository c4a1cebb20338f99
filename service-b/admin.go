package main

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"batchlab/internal/admin"
	"batchlab/service-b/api"
)

// newAdmin returns the handler of the admin port.
func newAdmin(knobs *knobs, registry *prometheus.Registry, state func() string) http.Handler {
	return admin.Handler(registry, state, map[string]http.HandlerFunc{
		"GET " + api.ConfigPath: func(w http.ResponseWriter, _ *http.Request) {
			admin.Respond(w, http.StatusOK, knobs.json())
		},
		"PATCH " + api.ConfigPath: func(w http.ResponseWriter, r *http.Request) { patchConfig(w, r, knobs) },
	})
}

func patchConfig(w http.ResponseWriter, r *http.Request, knobs *knobs) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout)) // cannot fail on TCP
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		admin.Refuse(w, http.StatusBadRequest, api.CodeInvalid, "body: "+err.Error())
		return
	}
	changed, err := knobs.patch(body)
	if err != nil {
		admin.Refuse(w, http.StatusBadRequest, api.CodeInvalid, strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	admin.Respond(w, http.StatusOK, changed)
}
