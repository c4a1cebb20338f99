package trial

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// fakeB has two workers that are busy as long as requests come, with 50 full batches a second and 1.5 cores.
type fakeB struct {
	before, after time.Duration // how long a scrape waits before it reads the counters, and after it

	mu        sync.Mutex
	away      bool
	born      time.Time
	working   time.Time // of the last request
	used      float64   // seconds of work of each worker
	batchSize int
	batches   float64
	batched   float64
}

func newFakeB(batchSize int) *fakeB {
	return &fakeB{born: time.Now().Add(-time.Minute), batchSize: batchSize}
}

// work answers one request, or hangs up.
func (b *fakeB) work() {
	b.mu.Lock()
	away := b.away
	b.count()
	b.mu.Unlock()
	if away {
		panic(http.ErrAbortHandler)
	}
	time.Sleep(20 * time.Millisecond)
}

// count brings the counters up to date. It must be called with mu held.
func (b *fakeB) count() {
	now := time.Now()
	if !b.working.IsZero() && !b.away {
		worked := now.Sub(b.working).Seconds()
		b.used += worked
		b.batches += 50 * worked
		b.batched += 50 * worked * float64(b.batchSize)
	}
	b.working = now
}

// change locks B and brings its counters up to date before it does something to it.
func (b *fakeB) change(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count()
	do()
}

// restart replaces B by a process that has used a lot already.
func (b *fakeB) restart() {
	b.change(func() { b.born, b.used, b.batches, b.batched = time.Now(), b.used+100, b.batches+100, b.batched+1000 })
}

func (b *fakeB) metrics(w http.ResponseWriter) {
	time.Sleep(b.before)
	b.mu.Lock()
	if time.Since(b.working) < 100*time.Millisecond { // otherwise it is idle
		b.count()
	}
	away, text := b.away, b.text()
	b.mu.Unlock()
	time.Sleep(b.after)
	if away {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprint(w, text)
}

// text must be called with mu held.
func (b *fakeB) text() string {
	return fmt.Sprintf(`# TYPE batcher_ai_workers gauge
batcher_ai_workers 2
# TYPE batcher_batch_size_configured gauge
batcher_batch_size_configured %[1]d
# TYPE batcher_config_info gauge
batcher_config_info{partial_batch="fail",batch_timeout="1s",batch_size="%[1]d"} 1
# TYPE batcher_batch_size histogram
batcher_batch_size_bucket{le="+Inf"} %[2]d
batcher_batch_size_sum %[3]g
batcher_batch_size_count %[2]d
# TYPE batcher_batch_slots_total counter
batcher_batch_slots_total %[3]g
# TYPE batcher_ai_busy_seconds_total counter
batcher_ai_busy_seconds_total %[4]g
# TYPE batcher_uptime_seconds gauge
batcher_uptime_seconds %[5]g
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total %[6]g
`, b.batchSize, int(b.batches), b.batched, 2*b.used, time.Since(b.born).Seconds(), 1.5*b.used)
}
