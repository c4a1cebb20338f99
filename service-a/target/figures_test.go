package target

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// shown is the content of a replica's /metrics.
type shown struct {
	depth, limit, workers, size int
	partial                     string
	cpu, ai                     float64
	batches, batched            int
}

func (s shown) metrics() string {
	return fmt.Sprintf(`# TYPE batcher_queue_depth gauge
batcher_queue_depth %d
# TYPE batcher_queue_limit gauge
batcher_queue_limit %d
# TYPE batcher_ai_workers gauge
batcher_ai_workers %d
# TYPE batcher_batch_size_configured gauge
batcher_batch_size_configured %d
# TYPE batcher_config_info gauge
batcher_config_info{ai_model="noop",partial_batch=%q} 1
# TYPE batcher_batch_size histogram
batcher_batch_size_bucket{le="+Inf"} %d
batcher_batch_size_sum %d
batcher_batch_size_count %d
# TYPE batcher_batch_slots_total counter
batcher_batch_slots_total %d
# TYPE batcher_ai_busy_seconds_total counter
batcher_ai_busy_seconds_total %g
# TYPE batcher_uptime_seconds gauge
batcher_uptime_seconds UPTIME
# TYPE batcher_config_changed_timestamp_seconds gauge
batcher_config_changed_timestamp_seconds 1.70000001e+09
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total %g
`, s.depth, s.limit, s.workers, s.size, s.partial, s.batches, s.batched, s.batches, s.batches*s.size, s.ai, s.cpu)
}

func TestFiguresAreThoseOfAllReplicas(t *testing.T) {
	admin, b := replicas(t, 3)
	first := []shown{
		{3, 800, 2, 10, "flush", 1.5, 10, 100, 1000},
		{4, 700, 4, 20, "fail", 2.5, 20, 200, 2000},
		{5, 600, 8, 15, "flush", 3.5, 30, 300, 3000},
	}
	for i, r := range b {
		r.show(first[i].metrics())
	}
	start := time.Now()
	got := admin.Figures(t.Context())
	if got.At.Before(start) || got.At.After(time.Now()) {
		t.Errorf("read at %v, but it is %v", got.At, time.Now())
	}
	if got.Asked.Before(start) || got.Asked.After(got.At) {
		t.Errorf("asked at %v, read at %v", got.Asked, got.At)
	}
	if len(admin.resolver.kick) != 0 {
		t.Error("all replicas answered, but the name is looked up again")
	}
	got.Asked, got.At = time.Time{}, time.Time{}
	want := measure.Server{
		Instances: 3, QueueDepth: 12, QueueLimit: 2100, Workers: 14, BatchSize: 20, Partial: "fail",
		Settings: map[string]string{"ai_model": "noop", "partial_batch": "flush, fail"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("first reading %+v\nwant %+v: what was used before does not count", got, want)
	}
	for i, r := range b {
		first[i].cpu, first[i].ai = first[i].cpu+0.25, first[i].ai+0.5*float64(i+1)
		first[i].batches, first[i].batched = first[i].batches+4, first[i].batched+30
		r.show(first[i].metrics())
	}
	used := measure.ServerCounters{CPUSeconds: 0.75, AISeconds: 3, Batches: 12, Batched: 90, Slots: 4*10 + 4*20 + 4*15}
	for range 2 { // nothing is counted twice
		got := admin.Figures(t.Context()).Used
		got.Seconds, got.SecondsAtA, got.WorkerSeconds = 0, 0, 0
		if got != used {
			t.Errorf("used %+v, want %+v", got, used)
		}
	}
}

// A replica that does not answer with metrics is left out; what it used meanwhile counts when it is back.
func TestReplicaWithoutFigures(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"not found":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"no metrics": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"hangs up":   hangUp,
		"too long":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("#\n", maxReply)) },
		"redirects": func(w http.ResponseWriter, r *http.Request) { // to a server that has figures
			if r.URL.Path == "/elsewhere" {
				fmt.Fprint(w, shown{size: 99}.metrics())
				return
			}
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		},
		"no content": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"broken body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			fmt.Fprint(w, "#")
		},
	}
	for name, handler := range handlers {
		admin, b := replicas(t, 2)
		b[0].show(shown{size: 10, cpu: 1}.metrics())
		b[1].show(shown{size: 10, cpu: 100}.metrics())
		admin.Figures(t.Context())
		b[1].replace(handler)
		if got := admin.Figures(t.Context()); got.Instances != 1 || got.Unread != 1 || got.BatchSize != 10 {
			t.Errorf("%s: %d instances and %d unread, batch size %d, want the other one, 10", name, got.Instances, got.Unread, got.BatchSize)
		}
		if len(admin.resolver.kick) != 1 {
			t.Errorf("%s: the name is not looked up again", name)
		}
		b[1].replace(nil)
		b[1].show(shown{size: 10, cpu: 107}.metrics())
		if got := admin.Figures(t.Context()); got.Instances != 2 || got.Unread != 0 || got.Used.CPUSeconds != 7 {
			t.Errorf("%s, then back: %d instances used %g s, want 2, 7 s", name, got.Instances, got.Used.CPUSeconds)
		}
	}
}

// An endless reply is cut off, and not used.
func TestEndlessReply(t *testing.T) {
	admin, b := replicas(t, 1)
	written := make(chan int64, 1)
	b[0].replace(func(w http.ResponseWriter, _ *http.Request) {
		var n int64
		var err error
		text := []byte(strings.Repeat("\n", 100_000))
		for n < 8*maxReply && err == nil {
			_, err = w.Write(text)
			n += int64(len(text))
		}
		written <- n
	})
	if got := admin.Figures(t.Context()); got.Instances != 0 {
		t.Errorf("figures are %+v, want none", got)
	}
	if n := <-written; n >= 8*maxReply {
		t.Errorf("%d bytes were taken, want little more than %d", n, maxReply)
	}
}

func TestFiguresDoNotWaitForAReplicaThatHangs(t *testing.T) {
	admin, b := replicas(t, 2)
	b[0].show(shown{size: 10}.metrics())
	release := make(chan struct{})
	defer close(release)
	b[1].replace(func(http.ResponseWriter, *http.Request) { <-release })
	answers := make(chan measure.Server)
	admin.figuresWithin = time.Second
	go func() { answers <- admin.Figures(context.Background()) }()
	select {
	case <-answers: // how many instances answered depends on how busy this machine is
	case <-time.After(time.Minute):
		t.Error("no figures after a minute")
	}
}

// The other address family leads to the same servers, so it is asked only if no other address answers.
func TestSpareAddresses(t *testing.T) {
	admin, b := replicas(t, 3)
	for i, r := range b {
		r.show(shown{size: 10 * (i + 1)}.metrics())
	}
	all := admin.resolver.Endpoints().Spread
	if len(all) == 0 {
		admin.Figures(t.Context())
		all = admin.resolver.Endpoints().Spread
	}
	admin.resolver.current.Store(&Endpoints{Spread: all[:1], Spare: all[1:]})
	if got := admin.Figures(t.Context()); got.Instances != 1 || got.BatchSize != 10 {
		t.Errorf("%d instances, batch size %d, want 1, 10", got.Instances, got.BatchSize)
	}
	b[0].Close()
	if got := admin.Figures(t.Context()); got.Instances != 1 || got.BatchSize != 20 {
		t.Errorf("the first is away: %d instances, batch size %d, want 1, 20", got.Instances, got.BatchSize)
	}
	b[1].Close()
	if got := admin.Figures(t.Context()); got.Instances != 1 || got.BatchSize != 30 {
		t.Errorf("the second, too: %d instances, batch size %d, want 1, 30", got.Instances, got.BatchSize)
	}
	b[2].Close()
	if got := admin.Figures(t.Context()); got.Instances != 0 {
		t.Errorf("nobody is there: %d instances, want 0", got.Instances)
	}
}

// A path in the URL comes before those of the admin port, and the Host header names B.
func TestAdminBehindAPath(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/b/metrics" && strings.HasPrefix(r.Host, "localhost:") {
			fmt.Fprint(w, strings.Replace(shown{size: 30}.metrics(), "UPTIME", "60", 1))
		}
	}))
	defer server.Close()
	resolver, err := Parse(strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/b")
	if err != nil {
		t.Fatal(err)
	}
	if got := NewAdmin(resolver).Figures(t.Context()); got.BatchSize != 30 {
		t.Errorf("figures are %+v, want batch size 30", got)
	}
}

func TestNoProxyAndBounded(t *testing.T) {
	u, err := url.Parse("http://b:5001")
	if err != nil {
		t.Fatal(err)
	}
	admin := NewAdmin(&Resolver{url: u})
	transport := admin.client.Transport.(*http.Transport)
	if transport.Proxy != nil || admin.client.Timeout != 5*time.Second || admin.figuresWithin != time.Second {
		t.Errorf("proxy %v, timeouts %v and %v; want none, 5s, 1s", transport.Proxy != nil, admin.client.Timeout, admin.figuresWithin)
	}
}

func TestFiguresSayWhetherAllReplicasRunOnThisHost(t *testing.T) {
	admin, b := replicas(t, 2)
	admin.bootID = "this"
	for _, tt := range []struct {
		first, second   string
		same, elsewhere bool
	}{
		{"this", "this", true, false}, {"this", "that", false, false}, {"that", "this", false, false}, {"", "", false, false},
		{"that", "that", false, true}, {"that", "other", false, true}, {"that", "", false, false},
	} {
		for i, id := range []string{tt.first, tt.second} {
			b[i].show(fmt.Sprintf("# TYPE batcher_host_info gauge\nbatcher_host_info{boot_id=%q} 1\n# TYPE batcher_cpu_cores gauge\nbatcher_cpu_cores 1.5\n", id))
		}
		if got := admin.Figures(t.Context()); got.SameHost != tt.same || got.Elsewhere != tt.elsewhere || got.Cores != 3 {
			t.Errorf("replicas on %q and %q: same host %v, elsewhere %v with %g cores, want %v, %v and 3", tt.first, tt.second, got.SameHost, got.Elsewhere, got.Cores, tt.same, tt.elsewhere)
		}
	}
}

// An A that does not know its own host cannot tell whether B runs there.
func TestFiguresOfAnUnknownHost(t *testing.T) {
	admin, b := replicas(t, 1)
	b[0].show("# TYPE batcher_host_info gauge\nbatcher_host_info{boot_id=\"that\"} 1\n")
	for id, elsewhere := range map[string]bool{"": false, "this": true} {
		admin.bootID = id
		if got := admin.Figures(t.Context()); got.Instances != 1 || got.SameHost || got.Elsewhere != elsewhere {
			t.Errorf("A on %q, B on that: same host %v, elsewhere %v; want false, %v", id, got.SameHost, got.Elsewhere, elsewhere)
		}
	}
	b[0].show("# TYPE batcher_host_info gauge\nbatcher_host_info{boot_id=\"\"} 1\n")
	if admin.bootID = ""; admin.Figures(t.Context()).SameHost {
		t.Error("neither host is known, and still they are the same")
	}
}

// Only a refused connection says that nobody is there: a host without an answer may be busy.
func TestRefused(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, tt := range map[string]struct {
		ctx    context.Context
		err    error
		refuse bool
	}{
		"refused":              {t.Context(), &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		"refused after a stop": {stopped, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, false},
		"no answer":            {t.Context(), &net.OpError{Op: "dial", Err: syscall.ETIMEDOUT}, false},
		"connection lost":      {t.Context(), &net.OpError{Op: "read", Err: syscall.ECONNRESET}, false},
		"another error":        {t.Context(), io.EOF, false},
	} {
		var n names
		n.set("10.0.0.1")
		resolver := n.resolver(t, "http://b:5001")
		resolver.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, tt.err }
		if err := resolver.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := NewAdmin(resolver).read(tt.ctx); r.refused[addrOf(1)] != tt.refuse || len(r.listed) != 1 {
			t.Errorf("%s: refused is %v of %v, want %v", name, r.refused, r.listed, tt.refuse)
		}
	}
}

func TestMergedSettings(t *testing.T) {
	var all map[string]string
	for _, more := range []map[string]string{{"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}, {"b": "2", "c": "5"}} {
		all = merged(all, more)
	}
	if want := map[string]string{"a": "1", "b": "2, 3", "c": "4, 5"}; !maps.Equal(all, want) {
		t.Errorf("settings are %v, want %v", all, want)
	}
}

// A replica that refuses connections in two readings has gone; one that answers an error, or late, has not.
func TestReplicaThatHasGone(t *testing.T) {
	admin, b := replicas(t, 3)
	for _, r := range b {
		r.show(shown{size: 10}.metrics())
	}
	admin.Figures(t.Context())
	b[1].replace(hangUp)
	addr := b[2].Listener.Addr().String()
	b[2].Close()
	var all []measure.Change
	for range 4 {
		all = append(all, admin.Figures(t.Context()).Changes...)
	}
	if len(all) != 1 || all[0].Kind != measure.Left || all[0].What != "B at "+addr+" left" {
		t.Errorf("changes are %+v, want that %s left", all, addr)
	}
}

// B's own names for what it counts, as it shows them.
func TestProcessOf(t *testing.T) {
	admin, b := replicas(t, 1)
	b[0].show(shown{workers: 3, size: 20, partial: "fail", cpu: 1.5, ai: 9.5, batches: 4, batched: 50}.metrics())
	admin.Figures(t.Context())
	for _, p := range admin.processes.last {
		want := measure.ServerCounters{CPUSeconds: 1.5, AISeconds: 9.5, Batches: 4, Batched: 50, Slots: 80}
		if p.counters != want || p.workers != 3 || p.changed != 1.70000001e9 || p.settings["partial_batch"] != "fail" || p.first.After(born) || p.last.Before(born) {
			t.Errorf("read %+v", p)
		}
	}
	if len(admin.processes.last) != 1 {
		t.Errorf("%d processes, want 1", len(admin.processes.last))
	}
}

// What tells nothing about its process, such as an older B, has settings, but no figures that change.
func TestFiguresWithoutUptime(t *testing.T) {
	admin, b := replicas(t, 1)
	text := strings.ReplaceAll(shown{size: 10, cpu: 5}.metrics(), "batcher_uptime_seconds", "something_else")
	b[0].show(text)
	first := admin.Figures(t.Context())
	b[0].show(strings.ReplaceAll(text, "process_cpu_seconds_total 5", "process_cpu_seconds_total 1"))
	second := admin.Figures(t.Context())
	if second.BatchSize != 10 || len(second.Changes) != 0 || second.Between(first) != nil {
		t.Errorf("figures are %+v, and B did %+v; want a batch size alone", second, second.Between(first))
	}
}
