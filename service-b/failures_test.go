package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/api"
	"batchlab/service-b/batch"
	ai "batchlab/service-b/model"
)

func TestModelFailures(t *testing.T) {
	none := func(ctx context.Context, _ []string) ([]ai.Result, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	tests := []struct {
		name    string
		model   modelFunc
		inError string
	}{
		{"error", func(context.Context, []string) ([]ai.Result, error) { return nil, errors.New("no GPU") }, "no GPU"},
		{"error of a cancelled call", func(context.Context, []string) ([]ai.Result, error) {
			return nil, fmt.Errorf("rpc: %w", context.Canceled)
		}, "rpc"},
		{"panic", func(context.Context, []string) ([]ai.Result, error) { panic("bad tensor") }, "bad tensor"},
		{"wrong count", func(context.Context, []string) ([]ai.Result, error) { return nil, nil }, "0 for 1 requests"},
		{"one item", func(context.Context, []string) ([]ai.Result, error) {
			return []ai.Result{{Err: errors.New("not an image")}}, nil
		}, "not an image"},
		{"too long", none, "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var broken atomic.Bool
			broken.Store(true)
			s := start(t, modelFunc(func(ctx context.Context, urls []string) ([]ai.Result, error) {
				if broken.Load() {
					return tt.model(ctx, urls)
				}
				return make([]ai.Result, len(urls)), nil
			}), "BATCH_SIZE=1", "AI_TIMEOUT=20ms")
			r := s.post(body)
			if message, _ := r.body["error"].(string); r.status != 500 || r.code() != api.CodeFailed || !strings.Contains(message, tt.inError) {
				t.Errorf("got %+v", r)
			}
			broken.Store(false)
			if r := s.post(body); r.status != 200 {
				t.Errorf("after it: %+v", r)
			}
			if got := s.value("batcher_requests_total", "outcome", "failed"); got != 1 {
				t.Errorf("%v failed in metrics, want 1", got)
			}
		})
	}
}

func TestFailedCallIsLogged(t *testing.T) {
	c, err := loadConfig([]string{"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", "BATCH_SIZE=1"})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := newService(c, modelFunc(func(context.Context, []string) ([]ai.Result, error) { return nil, errors.New("no GPU") }), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	onPipes(s) // closes its listeners
	_, _, _ = s.batcher.Do(t.Context(), "http://h/")
	if got := log.String(); !strings.Contains(got, `level=WARN msg="AI call failed" requests=1`) || !strings.Contains(got, "no GPU") {
		t.Errorf("logged %q", got)
	}
}

func TestErrorForOneItemConcernsOnlyIt(t *testing.T) {
	bad := errors.New("not an image")
	s := start(t, modelFunc(func(_ context.Context, urls []string) ([]ai.Result, error) {
		results := make([]ai.Result, len(urls))
		for i, url := range urls {
			if url == "http://bad/" {
				results[i].Err = bad
			}
		}
		return results, nil
	}), "BATCH_SIZE=3")
	good := s.postMany(t.Context(), 2)
	r := s.post(`{"ts": 1, "url": "http://bad/"}`)
	if message, _ := r.body["error"].(string); r.status != 500 || !strings.Contains(message, bad.Error()) {
		t.Errorf("the bad one got %+v", r)
	}
	for range 2 {
		if r := <-good; r.status != 200 {
			t.Errorf("a good one got %+v", r)
		}
	}
}

func TestModelThatIgnoresItsTimeoutIsSeen(t *testing.T) {
	release := make(chan struct{})
	s := start(t, modelFunc(func(_ context.Context, urls []string) ([]ai.Result, error) {
		<-release
		return make([]ai.Result, len(urls)), nil
	}), "BATCH_SIZE=1", "AI_WORKERS=1", "AI_TIMEOUT=20ms")
	if r := s.post(body); r.status != 500 {
		t.Errorf("got %+v", r)
	}
	if r := s.post(body); r.status != 500 || !strings.Contains(r.raw, "every worker") {
		t.Errorf("behind it: %+v", r)
	}
	ready := func() result { return send(t.Context(), http.MethodGet, s.admin+"/readyz", "") }
	if got, r := s.value("batcher_ai_overdue"), ready(); got != 1 || r.status != 503 || r.code() != "stuck" {
		t.Errorf("%v overdue, readyz %+v", got, r)
	}
	s.patch(`{"ai_workers": 2}`)
	if r := ready(); r.status != 200 {
		t.Errorf("with another worker: readyz %+v", r)
	}
	close(release)
	s.await("serving again", func() bool { return ready().status == 200 && s.post(body).status == 200 })
}

// exhausted is a listener that has no file descriptor left for the next connections.
type exhausted struct {
	*pipeListener
	failures int
}

func (l *exhausted) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.pipeListener.Accept()
}

// net/http tries again after 5 ms, 10 ms, 20 ms and so on, up to a second.
func TestAcceptErrorsAreLoggedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := startWith(t, func(s *service) {
			onPipes(s)
			s.traffic.ErrorLog = newServer(nil, slog.New(slog.NewTextHandler(&log, nil))).ErrorLog
			s.trafficListener = &exhausted{s.trafficListener.(*pipeListener), 10}
		}, ai.Noop{}, "BATCH_SIZE=1")
		client, server := net.Pipe()
		s.trafficListener.(*exhausted).conns <- server
		c := newRawClient(t, client)
		c.send()
		if status := c.receive(); status != 200 {
			t.Errorf("got %d when there are files again", status)
		}
		for _, want := range []string{"not_logged_before=0", "not_logged_before=7", "not_logged_before=0"} {
			line, err := log.ReadString('\n')
			if err != nil || !strings.Contains(line, "level=WARN") || !strings.Contains(line, "too many open files; retrying in") || !strings.Contains(line, want) {
				t.Errorf("want %s in %q, %v", want, line, err)
			}
		}
		if log.Len() > 0 {
			t.Errorf("then %s", log.String())
		}
	})
}

func TestWhatASingleClientDoesIsNoWarning(t *testing.T) {
	var log bytes.Buffer
	newServer(nil, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))).ErrorLog.Print("http: TLS handshake error")
	if got := log.String(); !strings.Contains(got, "level=DEBUG") || !strings.Contains(got, `msg="http: TLS handshake error"`) {
		t.Errorf("got %s", got)
	}
}

func TestPanicOfAnAdminHandlerIsAnError(t *testing.T) {
	var log bytes.Buffer
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("defect") }))
	server.Config.ErrorLog = newServer(nil, slog.New(slog.NewTextHandler(&log, nil))).ErrorLog
	server.Start()
	if _, err := http.Get(server.URL); err == nil {
		t.Error("it was answered")
	}
	server.Close() // waits for the handler
	if got := log.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, ": defect") || !strings.Contains(got, "goroutine") {
		t.Errorf("logged %q", got)
	}
}

func TestFailedCallsAreLoggedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		failures := failureLog{log: slog.New(slog.NewTextHandler(&log, nil))}
		for range 25 { // 2.4 s
			failures.callFailed(batch.Batch{Size: 3, Err: &batch.PanicError{Value: "bad tensor", Stack: []byte("stack of it")}})
			time.Sleep(100 * time.Millisecond)
		}
		for _, want := range []string{"not_logged_before=0", "not_logged_before=9", "not_logged_before=9"} {
			line, _ := log.ReadString('\n')
			if !strings.Contains(line, "requests=3") || !strings.Contains(line, "bad tensor") || !strings.Contains(line, `stack="stack of it"`) || !strings.Contains(line, want) {
				t.Errorf("want %s in %q", want, line)
			}
		}
		if log.Len() > 0 {
			t.Errorf("then %s", log.String())
		}
	})
}
