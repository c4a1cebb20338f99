package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"batchlab/internal/admin"
	"batchlab/service-b/api"
	ai "batchlab/service-b/model"
)

func (s *started) patch(body string) result {
	return send(s.t.Context(), http.MethodPatch, s.admin+"/config", body)
}

func TestPatchConfigAppliesAtOnceAndLosesNothing(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_TIMEOUT=1h")
	results := s.postMany(t.Context(), 3)
	s.waiting(3)
	changed := s.value("batcher_config_changed_timestamp_seconds")
	r := s.patch(`{"batch_size": 3, "batch_timeout": "30m"}`)
	if r.status != 200 || r.body["batch_size"] != 3.0 || r.body["batch_timeout"] != "30m0s" || r.body["queue_limit"] != 800.0 {
		t.Errorf("got %+v", r)
	}
	for range 3 {
		if r := <-results; r.status != 200 {
			t.Errorf("got %+v", r)
		}
	}
	if got := s.value("batcher_batch_size_configured"); got != 3 {
		t.Errorf("batch size %v in metrics", got)
	}
	if got := s.value("batcher_config_info", "batch_size", "3", "batch_timeout", "30m0s", "ai_model", "simulated"); got != 1 {
		t.Errorf("config info is %v", got)
	}
	if got := s.value("batcher_config_changed_timestamp_seconds"); got <= changed {
		t.Errorf("changed at %v, before at %v", got, changed)
	}
}

func TestPatchesAddUp(t *testing.T) {
	s := start(t, ai.Noop{}, "QUEUE_LIMIT=70")
	if got := s.value("batcher_config_info", "batch_size", "10", "queue_limit", "70", "ai_workers", "0"); got != 1 {
		t.Errorf("config info is %v before any change", got)
	}
	s.patch(`{"batch_size": 7}`)
	s.patch(`{"ai_workers": 3}`)
	r := send(t.Context(), http.MethodGet, s.admin+"/config", "")
	if r.body["batch_size"] != 7.0 || r.body["ai_workers"] != 3.0 || r.body["queue_limit"] != 70.0 {
		t.Errorf("GET returns %s", r.raw)
	}
	if c := s.batcher.Stats().Config; c.Size != 7 || c.Workers != 3 || c.QueueLimit != 70 {
		t.Errorf("the batcher has %+v", c)
	}
	changed := s.value("batcher_config_changed_timestamp_seconds")
	if r := s.patch(`{"batch_size": 7}`); r.status != 200 || r.body["ai_workers"] != 3.0 {
		t.Errorf("got %+v", r)
	}
	if got := s.value("batcher_config_changed_timestamp_seconds"); got != changed {
		t.Errorf("changed at %v by a PATCH that changes nothing, before at %v", got, changed)
	}
}

func TestPatchConfigIsAllOrNothing(t *testing.T) {
	s := start(t, ai.Noop{})
	before := send(t.Context(), http.MethodGet, s.admin+"/config", "").raw
	tests := []struct{ body, want string }{
		{`{"batch_size": 5, "ai_workers": -1}`, `ai_workers is "-1"; allowed: a whole number from 0`},
		{`{"batch_size": 801}`, `batch_size is "801"; allowed: a whole number from 1 to queue_limit (800)`},
		{`{"batch_size": "5"}`, `batch_size is "5"; allowed: a whole number`},
		{`{"batch_size": 5.5}`, `batch_size is "5.5"`},
		{`{"batch_size": null}`, `batch_size is "null"`},
		{`{"batch_timeout": "soon"}`, `batch_timeout is "soon"; allowed: a duration`},
		{`{"batch_timeout": 5}`, `batch_timeout is "5"`},
		{`{"partial_batch": "drop"}`, `partial_batch is "drop"; allowed: fail or flush`},
		{`{"BATCH_SIZE": 5}`, `BATCH_SIZE is "5"; allowed: one of the settings ai_batch_cost,`},
		{`{"batch_size": 5, "colour": "red"}`, `colour is "red"`},
		{`{"batch_size": 5` + strings.Repeat(" ", 64<<10) + `}`, `body: http: request body too large`},
		{`[]`, `body is `},
		{`null`, `body is `},
		{``, `body is `},
	}
	for _, tt := range tests {
		r := s.patch(tt.body)
		if message, _ := r.body["error"].(string); r.status != 400 || r.code() != api.CodeInvalid || !strings.HasPrefix(message, tt.want) {
			t.Errorf("%.100s: got %d %s", tt.body, r.status, r.raw)
		}
	}
	if after := send(t.Context(), http.MethodGet, s.admin+"/config", "").raw; after != before {
		t.Errorf("got %s, was %s", after, before)
	}
}

// A reader of the settings sees all old or all new ones while they change.
func TestConfigIsReadWholeWhileItChanges(t *testing.T) {
	s := start(t, ai.NewSimulated(ai.SimulatedSettings{}), `BATCH_SIZE=5`, `QUEUE_LIMIT=50`, `AI_ITEM_COST=5ms`)
	var patching, reading sync.WaitGroup
	for _, size := range []int{5, 10, 20} {
		patching.Go(func() {
			for range 50 {
				if r := s.patch(fmt.Sprintf(`{"batch_size": %d, "queue_limit": %d, "ai_item_cost": "%dms"}`, size, 10*size, size)); r.status != 200 {
					t.Errorf("got %+v", r)
				}
				if r := s.patch(`{"batch_size": 1, "ai_item_cost": "1ms", "queue_limit": 0}`); r.status != 400 {
					t.Errorf("got %+v", r)
				}
			}
		})
	}
	done := make(chan struct{})
	read := func(settings func() string) {
		reading.Go(func() {
			for {
				if got := settings(); !slices.Contains([]string{"5 50 5ms", "10 100 10ms", "20 200 20ms"}, got) {
					t.Errorf("settings of two configurations: %s", got)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	read(func() string {
		body := send(t.Context(), http.MethodGet, s.admin+"/config", "").body
		return fmt.Sprint(body["batch_size"], " ", body["queue_limit"], " ", body["ai_item_cost"])
	})
	info := prometheus.NewRegistry()
	info.MustRegister(s.metrics.configInfo)
	read(func() string { return infoLabels(t, info) })
	patching.Wait()
	close(done)
	reading.Wait()
}

// infoLabels returns three labels of the one series of batcher_config_info.
func infoLabels(t *testing.T, registry prometheus.Gatherer) string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || len(families[0].GetMetric()) != 1 {
		t.Errorf("want one series of batcher_config_info: %v (%v)", families, err)
		return ""
	}
	labels := map[string]string{}
	for _, pair := range families[0].GetMetric()[0].GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels["batch_size"] + " " + labels["queue_limit"] + " " + labels["ai_item_cost"]
}

func TestAdminRefuses(t *testing.T) {
	s := start(t, ai.Noop{})
	for request, want := range map[string]int{"PUT /config": 405, "POST /metrics": 405, "DELETE /readyz": 405, "GET /nope": 404, "GET /": 404} {
		method, path, _ := strings.Cut(request, " ")
		r := send(t.Context(), method, s.admin+path, "")
		if r.status != want || (want == 405) != (r.header.Get("Allow") != "") {
			t.Errorf("%s: got %+v", request, r)
		}
	}
}

func TestPatchReachesTheModel(t *testing.T) {
	m := ai.NewSimulated(ai.SimulatedSettings{BatchCost: time.Minute})
	s := start(t, m, "BATCH_SIZE=1", "AI_BATCH_COST=1m")
	if r := s.patch(`{"ai_batch_cost": "0s", "ai_item_cost": "0s"}`); r.status != 200 {
		t.Fatalf("got %+v", r)
	}
	if r := s.post(body); r.status != 200 { // within AI_TIMEOUT
		t.Errorf("got %+v", r)
	}
}

func TestHealth(t *testing.T) {
	s := start(t, ai.Noop{})
	for _, path := range []string{"/healthz", "/readyz"} {
		if r := send(t.Context(), http.MethodGet, s.admin+path, ""); r.status != 200 {
			t.Errorf("%s: got %+v", path, r)
		}
	}
	if err := admin.Healthcheck(t.Context(), strings.TrimPrefix(s.admin, "http://")); err != nil {
		t.Error(err)
	}
	s.ready.Store(false)
	if err := admin.Healthcheck(t.Context(), strings.TrimPrefix(s.admin, "http://")); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("got %v", err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if err := admin.Healthcheck(t.Context(), strings.TrimPrefix(s.admin, "http://")); err == nil {
		t.Error("a service that is gone is ready")
	}
}

func TestSlowAdminClientIsCutOff(t *testing.T) {
	for name, tt := range map[string]struct{ sent, want string }{
		"headers": {"GET /metrics HTTP/1.1\r\nHo", ""},
		"body":    {"PATCH /config HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\n{", "HTTP/1.1 400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := startWith(t, onPipes, ai.Noop{})
				client, server := net.Pipe()
				s.adminListener.(*pipeListener).conns <- server
				c := newRawClient(t, client)
				if _, err := io.WriteString(c, tt.sent); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				reply, err := io.ReadAll(c)
				if err != nil || !strings.HasPrefix(string(reply), tt.want) || time.Since(began).Round(time.Second) != readTimeout {
					t.Errorf("%s, %v after %v", reply, err, time.Since(began))
				}
			})
		})
	}
}
