package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"batchlab/service-b/api"
	ai "batchlab/service-b/model"
)

const body = `{"ts": 1700000000123, "url": "http://h/"}`

// modelFunc is a model made of a function.
type modelFunc func(ctx context.Context, urls []string) ([]ai.Result, error)

func (f modelFunc) Infer(ctx context.Context, urls []string) ([]ai.Result, error) {
	return f(ctx, urls)
}

// gate is a model that holds every call until it is opened.
type gate struct {
	open    chan struct{}
	entered atomic.Int32 // calls
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) Infer(ctx context.Context, urls []string) ([]ai.Result, error) {
	g.entered.Add(1)
	select {
	case <-g.open:
		return make([]ai.Result, len(urls)), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// started is a service under test that listens on loopback.
type started struct {
	*service
	t          *testing.T
	url, admin string
	stop       func() error // ends its context and waits
}

func start(t *testing.T, m ai.Model, variables ...string) *started {
	t.Helper()
	return startWith(t, func(*service) {}, m, variables...)
}

// startWith does the same after a change to the service.
func startWith(t *testing.T, change func(*service), m ai.Model, variables ...string) *started {
	t.Helper()
	c, err := loadConfig(append([]string{"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0"}, variables...))
	if err != nil {
		t.Fatal(err)
	}
	s, err := newService(c, m, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	change(s)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	stop := sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = stop() })
	st := &started{s, t, "http://" + s.trafficListener.Addr().String() + api.Path, "http://" + s.adminListener.Addr().String(), stop}
	st.await("ready", func() bool { return s.ready.Load() })
	return st
}

// await waits until something becomes true.
func (s *started) await(what string, cond func() bool) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("never happened: ", what)
		}
	}
}

// result is one reply.
type result struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
	closes bool // the connection, after it
	err    error
}

func (r result) code() any { return r.body["code"] }

func send(ctx context.Context, method, url, body string) result {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return result{err: err}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return result{err: err}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	r := result{status: response.StatusCode, header: response.Header, raw: string(raw), closes: response.Close, err: err}
	if err == nil {
		r.err = json.Unmarshal(raw, &r.body)
	}
	return r
}

func (s *started) post(body string) result { return send(s.t.Context(), http.MethodPost, s.url, body) }

// postMany sends n requests at once; the channel carries their results.
func (s *started) postMany(ctx context.Context, n int) <-chan result {
	results := make(chan result, n)
	for range n {
		go func() { results <- send(ctx, http.MethodPost, s.url, body) }()
	}
	return results
}

func (s *started) waiting(n int) {
	s.t.Helper()
	s.await("requests waiting", func() bool { return s.batcher.Stats().QueueDepth == n })
}

// value reads one series from /metrics: a counter, a gauge, or the count of a histogram.
func (s *started) value(name string, labels ...string) float64 {
	s.t.Helper()
	response, err := http.Get(s.admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range families[name].GetMetric() {
		if hasLabels(m, labels) {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	s.t.Fatalf("no series %s %v", name, labels)
	return 0
}

func hasLabels(m *dto.Metric, labels []string) bool {
	found := 0
	for _, l := range m.GetLabel() {
		for i := 0; i < len(labels); i += 2 {
			if l.GetName() == labels[i] && l.GetValue() == labels[i+1] {
				found++
			}
		}
	}
	return found == len(labels)/2
}

func TestAddressInUseIsNamed(t *testing.T) {
	s := start(t, ai.Noop{})
	taken := strings.TrimPrefix(s.admin, "http://")
	for _, variable := range []string{"LISTEN_ADDR", "ADMIN_ADDR"} {
		c, err := loadConfig([]string{"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", variable + "=" + taken})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newService(c, ai.Noop{}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), variable+` is "`+taken) {
			t.Errorf("%s: %v", variable, err)
		}
	}
}

// failing is a listener that fails permanently.
type failing struct{ *pipeListener }

var errBroken = errors.New("broken")

func (failing) Accept() (net.Conn, error) { return nil, errBroken }

func TestListenerThatBreaksEndsTheService(t *testing.T) {
	for name, broken := range map[string]func(*service) *net.Listener{
		"traffic": func(s *service) *net.Listener { return &s.trafficListener },
		"admin":   func(s *service) *net.Listener { return &s.adminListener },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := loadConfig([]string{"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0"})
				if err != nil {
					t.Fatal(err)
				}
				s, err := newService(c, ai.Noop{}, slog.New(slog.DiscardHandler))
				if err != nil {
					t.Fatal(err)
				}
				onPipes(s)
				*broken(s) = failing{newPipeListener()}
				if err := s.run(t.Context()); !errors.Is(err, errBroken) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
