package trial

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/target"
	"batchlab/service-b/api"
)

// lab is a B that answers in batches of one, with its admin port.
type lab struct {
	session       *Session
	adminResolver *target.Resolver
	asked         atomic.Int64 // requests so far
	scraped       atomic.Int64 // readings of the admin port so far

	before    func(n int64) bool // called with the number of each request; false = it fails; default: true
	batchSize atomic.Int64
	gone      chan struct{} // the admin port hangs up once this is closed
	b         *fakeB        // if set, answers instead
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{}
	l.batchSize.Store(1)
	traffic := httptest.NewServer(http.HandlerFunc(l.answer))
	t.Cleanup(traffic.Close)
	admin := httptest.NewServer(http.HandlerFunc(l.metrics))
	t.Cleanup(admin.Close)
	l.adminResolver = parse(t, admin.URL)
	l.session = NewSession(parse(t, traffic.URL+api.Path), target.NewAdmin(l.adminResolver))
	return l
}

func parse(t *testing.T, rawURL string) *target.Resolver {
	t.Helper()
	resolver, err := target.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return resolver
}

func (l *lab) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n := l.asked.Add(1)
	if l.b != nil {
		l.b.work()
	}
	req, err := api.DecodeRequest(body)
	if err != nil || l.before != nil && !l.before(n) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write(api.ErrorReply{Error: "failed", Code: api.CodeFailed}.AppendJSON(nil))
		return
	}
	_, _ = w.Write(req.ReplyAt(time.Now()).AppendJSON(nil))
}

// metrics shows a B that uses 0.5 s of CPU and fills one batch of ten between two readings.
func (l *lab) metrics(w http.ResponseWriter, _ *http.Request) {
	if l.b != nil {
		l.scraped.Add(1)
		l.b.metrics(w)
		return
	}
	select {
	case <-l.gone:
		panic(http.ErrAbortHandler)
	default:
	}
	n := l.scraped.Add(1)
	fmt.Fprintf(w, `# TYPE batcher_ai_workers gauge
batcher_ai_workers 2
# TYPE batcher_batch_size_configured gauge
batcher_batch_size_configured %d
# TYPE batcher_config_info gauge
batcher_config_info{partial_batch="fail"} 1
# TYPE batcher_batch_size histogram
batcher_batch_size_bucket{le="+Inf"} %d
batcher_batch_size_sum %d
batcher_batch_size_count %d
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total %g
`, l.batchSize.Load(), n, 10*n, n, 0.5*float64(n))
}

func point(concurrency int, plan load.Plan) Config {
	return Config{
		Plan: plan, Concurrency: concurrency, ImageURL: "http://example.com/a.png",
		RequestTimeout: time.Minute, BusyBackoff: time.Second,
		Settings: []measure.Setting{{Name: "CONCURRENCY", Value: concurrency}},
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// tenMilliseconds is how long a B takes for each request; without it, virtual time would stand still.
func tenMilliseconds(int64) bool {
	time.Sleep(10 * time.Millisecond)
	return true
}
