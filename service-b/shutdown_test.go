package main

import (
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/api"
	ai "batchlab/service-b/model"
)

func TestDrainAnswersWhatWasAdmitted(t *testing.T) {
	for _, tt := range []struct {
		partial string
		short   int // the status of the short batch
	}{{"fail", 504}, {"flush", 200}} {
		t.Run(tt.partial, func(t *testing.T) {
			g := newGate()
			s := start(t, g, "BATCH_SIZE=3", "AI_WORKERS=1", "BATCH_TIMEOUT=1h", "PARTIAL_BATCH="+tt.partial)
			inModel := s.postMany(t.Context(), 3)
			s.await("in the model", func() bool { return g.entered.Load() == 1 })
			waiting := s.postMany(t.Context(), 4) // a batch, and a short one
			s.waiting(4)
			stopped := make(chan error, 1)
			go func() { stopped <- s.stop() }()
			s.await("not ready", func() bool {
				return send(t.Context(), http.MethodGet, s.admin+"/readyz", "").code() == api.CodeDraining
			})
			s.await("draining", func() bool { return s.post(body).code() == api.CodeDraining })
			late := s.post(body)
			if late.status != 503 || late.header.Get("Retry-After") == "" || !late.closes {
				t.Errorf("while draining: %+v", late)
			}
			if draining, busy := s.metrics.count(outcomeDraining), s.metrics.count(outcomeBusy); draining < 2 || busy != 0 {
				t.Errorf("%v draining and %v busy in metrics", draining, busy)
			}
			close(g.open)
			counts := map[int]int{}
			for _, results := range []<-chan result{inModel, inModel, inModel, waiting, waiting, waiting, waiting} {
				r := <-results
				counts[r.status]++
				if r.err != nil {
					t.Error(r.err)
				}
			}
			want := map[int]int{200: 6}
			want[tt.short]++
			if !maps.Equal(counts, want) {
				t.Errorf("statuses %v, want %v", counts, want)
			}
			if err := <-stopped; err != nil {
				t.Error(err)
			}
			if r := s.post(body); r.err == nil {
				t.Errorf("still answers: %+v", r)
			}
		})
	}
}

func TestDrainOutOfTimeStillAnswers(t *testing.T) {
	g := newGate()
	s := start(t, g, "BATCH_SIZE=2", "AI_WORKERS=1", "SHUTDOWN_TIMEOUT=50ms")
	inModel := s.postMany(t.Context(), 2)
	s.await("in the model", func() bool { return g.entered.Load() == 1 })
	waiting := s.postMany(t.Context(), 2)
	s.waiting(2)
	if err := s.stop(); err == nil || !strings.Contains(err.Error(), "SHUTDOWN_TIMEOUT") {
		t.Errorf("got %v", err)
	}
	for _, results := range []<-chan result{inModel, inModel, waiting, waiting} {
		if r := <-results; r.status != 503 || r.code() != api.CodeDraining {
			t.Errorf("got %+v", r)
		}
	}
}

// Clients with idle connections do not know that B is stopping. Their requests are refused, not reset, and B waits
// until none has come for a tenth of a second.
func TestIdleClientsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, ai.Noop{}, "BATCH_SIZE=1")
		request := func(c *rawClient, status int) {
			c.send()
			response, err := http.ReadResponse(c.replies, nil)
			if err != nil || response.StatusCode != status {
				t.Fatalf("got %+v, %v; want %d", response, err, status)
			}
			_, _ = io.Copy(io.Discard, response.Body)
		}
		clients := []*rawClient{s.dialPipe(), s.dialPipe(), s.dialPipe()}
		for _, c := range clients {
			request(c, http.StatusOK)
		}
		stopped := make(chan time.Time, 1)
		began := time.Now()
		go func() { _ = s.stop(); stopped <- time.Now() }()
		for _, c := range clients {
			time.Sleep(90 * time.Millisecond)
			request(c, http.StatusServiceUnavailable)
		}
		if took := (<-stopped).Sub(began); took != 400*time.Millisecond { // looks once in 100 ms
			t.Errorf("stopped after %v, want 0.4 s", took)
		}
	})
}

func TestClientThatKeepsSendingDoesNotKeepItFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, ai.Noop{}, "BATCH_SIZE=1", "SHUTDOWN_TIMEOUT=1h")
		listener := s.trafficListener.(*pipeListener)
		var client sync.WaitGroup
		client.Go(func() {
			for {
				ours, theirs := net.Pipe()
				select {
				case listener.conns <- theirs:
				case <-listener.closed:
					return
				}
				_, _ = io.WriteString(ours, strings.Replace(postRequest, "Host: h", "Host: h\r\nConnection: close", 1))
				_, _ = io.ReadAll(ours)
				time.Sleep(50 * time.Millisecond)
			}
		})
		began := time.Now()
		if err := s.stop(); err != nil || time.Since(began) > 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if got := s.metrics.count(outcomeDraining); got < 10 {
			t.Errorf("%v draining, want those of a second", got)
		}
		client.Wait()
	})
}
