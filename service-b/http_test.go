package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"batchlab/service-b/api"
	ai "batchlab/service-b/model"
)

func TestServed(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=1")
	before := time.Now().UnixMilli()
	whole := s.post(fmt.Sprintf(`{"ts": %d, "url": "http://h/"}`, before))
	if whole.status != 200 || whole.err != nil || len(whole.body) != 3 {
		t.Fatalf("got %+v", whole)
	}
	rec, resp, diff := whole.body["rec_ts"].(float64), whole.body["resp_ts"].(float64), whole.body["ts_diff"].(float64)
	if rec != float64(before) || resp < rec || diff != resp-rec || strings.Contains(whole.raw, ".") {
		t.Errorf("got %s for ts %d", whole.raw, before)
	}
	fraction := s.post(fmt.Sprintf(`{"ts": %d.5, "url": "http://h/"}`, before-1))
	if !strings.HasPrefix(fraction.raw, fmt.Sprintf(`{"rec_ts":%d.500,`, before-1)) {
		t.Errorf("got %s for ts %d.5", fraction.raw, before-1)
	}
	if got := s.value("batcher_requests_total", "outcome", "ok"); got != 2 {
		t.Errorf("%v ok in metrics, want 2", got)
	}
	for name, want := range map[string]float64{
		"batcher_ts_diff_seconds": 2, "batcher_batch_size": 2, "batcher_ai_seconds": 2, "batcher_ai_failures_total": 0, "batcher_ai_overdue": 0,
	} {
		if got := s.value(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestBadInputIsAnsweredAtOnce(t *testing.T) {
	s := start(t, newGate(), "MAX_BODY_BYTES=100")
	tests := []struct {
		name, method, path, body string
		status                   int
		code, inError            string
	}{
		{"empty", "POST", "/testB", "", 400, api.CodeInvalid, "body: empty"},
		{"not JSON", "POST", "/testB", "{", 400, api.CodeInvalid, "body: not valid JSON"},
		{"no ts", "POST", "/testB", `{"url":"http://h/"}`, 400, api.CodeInvalid, "ts: missing"},
		{"wrong ts", "POST", "/testB", `{"ts":"1","url":"http://h/"}`, 400, api.CodeInvalid, `ts: "1"`},
		{"no url", "POST", "/testB", `{"ts":1}`, 400, api.CodeInvalid, "url: missing"},
		{"wrong url", "POST", "/testB", `{"ts":1,"url":"h"}`, 400, api.CodeInvalid, `url: "h"`},
		{"not UTF-8", "POST", "/testB", "{\"ts\":1,\"url\":\"http://x/\xff\"}", 400, api.CodeInvalid, "url: not valid UTF-8"},
		{"too large", "POST", "/testB", strings.Repeat(" ", 101), 413, api.CodeTooLarge, "100 bytes"},
		{"GET", "GET", "/testB", "", 405, api.CodeMethodNotAllowed, "POST"},
		{"PUT", "PUT", "/testB", body, 405, api.CodeMethodNotAllowed, "POST"},
		{"unknown method", "BREW", "/testB", "", 405, api.CodeMethodNotAllowed, "POST"},
		{"other path", "POST", "/testb", body, 404, api.CodeNotFound, "/testB"},
		{"trailing slash", "POST", "/testB/", body, 404, api.CodeNotFound, "/testB"},
		{"root", "GET", "/", "", 404, api.CodeNotFound, "/testB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := send(t.Context(), tt.method, strings.TrimSuffix(s.url, api.Path)+tt.path, tt.body)
			message, _ := r.body["error"].(string)
			if r.err != nil || r.status != tt.status || r.code() != tt.code || !strings.Contains(message, tt.inError) {
				t.Errorf("got %d %s %v", r.status, r.raw, r.err)
			}
			if allow := r.header.Get("Allow"); (tt.status == 405) != (allow == "POST") {
				t.Errorf("Allow is %q", allow)
			}
		})
	}
	for outcome, want := range map[string]float64{"invalid": 7, "too_large": 1} {
		if got := s.value("batcher_requests_total", "outcome", outcome); got != want {
			t.Errorf("%v %s in metrics, want %v", got, outcome, want)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=1", "MAX_BODY_BYTES=2000")
	chunked := func(body string) result {
		request, _ := http.NewRequest(http.MethodPost, s.url, io.MultiReader(strings.NewReader(body)))
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return result{status: response.StatusCode, closes: response.Close}
	}
	for _, size := range []int{2000, 2001} { // the limit is the largest that is accepted
		exact, want := body+strings.Repeat(" ", size-len(body)), map[int]int{2000: 200, 2001: 413}[size]
		if a, b := chunked(exact), s.post(exact); a.status != want || b.status != want {
			t.Errorf("%d bytes: got %d, with a Content-Length %d; want %d", size, a.status, b.status, want)
		}
	}
	if r := chunked(body + strings.Repeat(" ", 1500)); r.status != 200 {
		t.Errorf("got %d", r.status)
	}
	if r := chunked(body + strings.Repeat(" ", 5000)); r.status != 413 || !r.closes {
		t.Errorf("got %d, and the connection closes: %v", r.status, r.closes)
	}
}

func TestQueueAtItsLimitIsBusy(t *testing.T) {
	g := newGate()
	s := start(t, g, "BATCH_SIZE=2", "QUEUE_LIMIT=2", "AI_WORKERS=1")
	results := s.postMany(t.Context(), 2)
	s.await("in the model", func() bool { return g.entered.Load() == 1 })
	more := s.postMany(t.Context(), 2)
	s.waiting(2)
	r := s.post(body)
	wait, err := strconv.Atoi(r.header.Get("Retry-After"))
	if r.status != 503 || r.code() != api.CodeBusy || r.body["busy"] == nil || r.body["error"] == nil || err != nil || wait < 1 {
		t.Errorf("got %+v", r)
	}
	close(g.open)
	for range 2 {
		if a, b := <-results, <-more; a.status != 200 || b.status != 200 {
			t.Errorf("the others got %+v, %+v", a, b)
		}
	}
	if got := s.value("batcher_requests_total", "outcome", "busy"); got != 1 {
		t.Errorf("%v busy in metrics, want 1", got)
	}
}

func TestRetryAfterIsTheTimeToDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, lasts(10*time.Second), "BATCH_SIZE=1", "QUEUE_LIMIT=3", "AI_WORKERS=1", "AI_TIMEOUT=1h")
		for i := range 5 { // the first tells how long a call takes; then one runs, and three wait
			c := s.dialPipe()
			c.send()
			synctest.Wait()
			if i == 0 {
				time.Sleep(10 * time.Second)
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
		c := s.dialPipe()
		c.send()
		response, err := http.ReadResponse(c.replies, nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := io.ReadAll(io.LimitReader(response.Body, response.ContentLength))
		if err != nil || !strings.Contains(string(reply), `"busy":"queue full: 3 requests are waiting (QUEUE_LIMIT)"`) {
			t.Errorf("got %s, %v", reply, err)
		}
		if wait, err := strconv.Atoi(response.Header.Get("Retry-After")); err != nil || wait < 30 || wait > 45 {
			t.Errorf("Retry-After is %d, %v; the queue drains in 30 s", wait, err)
		}
	})
}

func TestShortBatch(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_TIMEOUT=10ms")
	if r := s.post(body); r.status != 504 || r.code() != api.CodeIncomplete {
		t.Errorf("fail: got %+v", r)
	}
	s = start(t, ai.Noop{}, "BATCH_TIMEOUT=10ms", "PARTIAL_BATCH=flush")
	if r := s.post(body); r.status != 200 {
		t.Errorf("flush: got %+v", r)
	}
	if got := s.value("batcher_batches_total", "trigger", "timeout"); got != 1 {
		t.Errorf("%v batches by timeout in metrics, want 1", got)
	}
}

func TestRetryAfter(t *testing.T) {
	for wait, bounds := range map[time.Duration][2]int{0: {1, 2}, time.Second: {1, 2}, 10 * time.Second: {10, 15}, time.Hour: {60, 90}} {
		seen := map[int]bool{}
		for range 300 {
			seconds, err := strconv.Atoi(retryAfter(wait))
			if err != nil || seconds < bounds[0] || seconds > bounds[1] {
				t.Fatalf("%v: %d, %v; want %v", wait, seconds, err, bounds)
			}
			seen[seconds] = true
		}
		if len(seen) < 2 {
			t.Errorf("%v: all clients are to come at once", wait)
		}
	}
}

func TestClientThatHangsUpLeavesTheQueue(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=2", "BATCH_TIMEOUT=1h")
	ctx, hangUp := context.WithCancel(t.Context())
	gone := s.postMany(ctx, 1)
	s.waiting(1)
	hangUp()
	<-gone
	s.waiting(0)
	results := s.postMany(t.Context(), 2)
	for range 2 {
		if r := <-results; r.status != 200 {
			t.Errorf("got %+v", r)
		}
	}
	if got := s.value("batcher_requests_total", "outcome", "canceled"); got != 1 {
		t.Errorf("%v canceled in metrics, want 1", got)
	}
}

func TestHandlerPanicIsAnsweredInJSON(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=1")
	s.traffic.Handler.(*traffic).GET("/defect", func(*gin.Context) { panic("defect") })
	r := send(t.Context(), http.MethodGet, strings.TrimSuffix(s.url, api.Path)+"/defect", "")
	if r.status != 500 || r.code() != api.CodeInternal || strings.Contains(r.raw, "defect") {
		t.Errorf("got %+v", r)
	}
	if r := s.post(body); r.status != 200 {
		t.Errorf("after it: %+v", r)
	}
}

func TestHandlerThatPanicsAfterItsReply(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=1")
	engine := s.traffic.Handler.(*traffic)
	engine.GET("/late", func(c *gin.Context) { c.String(http.StatusOK, "{}"); panic("defect") })
	engine.GET("/abort", func(*gin.Context) { panic(http.ErrAbortHandler) })
	if r := send(t.Context(), http.MethodGet, strings.TrimSuffix(s.url, api.Path)+"/late", ""); r.status != 200 || r.raw != "{}" {
		t.Errorf("got %+v", r)
	}
	if r := send(t.Context(), http.MethodGet, strings.TrimSuffix(s.url, api.Path)+"/abort", ""); r.err == nil {
		t.Errorf("an aborted handler is answered: %+v", r)
	}
	if got := s.metrics.count(outcomeFailed); got != 0 {
		t.Errorf("%v failed in metrics, want none", got)
	}
}
