package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"batchlab/service-b/api"
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
	ready := func() int { return send(t.Context(), http.MethodGet, s.admin+"/readyz", "").status }
	if got := s.value("batcher_ai_overdue"); got != 1 || ready() != 503 {
		t.Errorf("%v overdue, readyz %d", got, ready())
	}
	close(release)
	s.await("serving again", func() bool { return ready() == 200 && s.post(body).status == 200 })
}
