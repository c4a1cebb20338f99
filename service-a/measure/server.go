package measure

import (
	"fmt"
	"time"
)

// Server is the state that B reports, combined over all its instances.
type Server struct {
	At         time.Time
	Instances  int // how many answered; if 0, the other fields are meaningless
	QueueDepth int
	QueueLimit int
	Workers    int    // AI calls that can run at once
	BatchSize  int    // the largest configured by any instance
	Partial    string // PARTIAL_BATCH: "fail" or "flush"
	Used       ServerCounters
}

// ServerCounters count from when B was first asked. They do not reset when an instance restarts.
type ServerCounters struct {
	CPUSeconds float64
	AISeconds  float64 // duration of AI calls, added when a call ends
	Batches    float64 // AI calls
	Batched    float64 // requests in those calls
}

// Since returns the increase since before.
func (c ServerCounters) Since(before ServerCounters) ServerCounters {
	return ServerCounters{
		CPUSeconds: c.CPUSeconds - before.CPUSeconds, AISeconds: c.AISeconds - before.AISeconds,
		Batches: c.Batches - before.Batches, Batched: c.Batched - before.Batched,
	}
}

// Plus returns the sum of c and more.
func (c ServerCounters) Plus(more ServerCounters) ServerCounters {
	return ServerCounters{
		CPUSeconds: c.CPUSeconds + more.CPUSeconds, AISeconds: c.AISeconds + more.AISeconds,
		Batches: c.Batches + more.Batches, Batched: c.Batched + more.Batched,
	}
}

// Between is what B did between two readings.
type Between struct {
	Cores     float64 // processor seconds per second
	AIBusy    float64 // share of the workers' time spent in AI calls, 0 to 1
	BatchFill float64 // mean batch / BATCH_SIZE; 0 without batches
}

// Between returns nil if B did not answer one of the two readings.
func (s Server) Between(before Server) *Between {
	elapsed := s.At.Sub(before.At).Seconds()
	if s.Instances == 0 || before.Instances == 0 || elapsed <= 0 {
		return nil
	}
	used := s.Used.Since(before.Used)
	b := &Between{Cores: used.CPUSeconds / elapsed}
	if workers := float64(s.Workers+before.Workers) / 2; workers > 0 { // the mean: the number can change in between
		b.AIBusy = min(used.AISeconds/workers/elapsed, 1)
	}
	if used.Batches > 0 && s.BatchSize > 0 {
		b.BatchFill = used.Batched / used.Batches / float64(s.BatchSize)
	}
	return b
}

// Share is how many requests in flight the instance with the fewest gets.
func (s Server) Share(concurrency int) int { return concurrency / max(s.Instances, 1) }

// CannotFill reports whether at least one instance can never fill a batch, so that all its requests
// fail: it gets fewer requests than BATCH_SIZE, and it does not run short batches.
func (s Server) CannotFill(concurrency int) bool {
	return s.Instances > 0 && s.Partial == "fail" && s.Share(concurrency) < s.BatchSize
}

// Warning says in one line why batches cannot fill.
func (s Server) Warning(concurrency int) string {
	what := fmt.Sprintf("CONCURRENCY %d is below BATCH_SIZE %d", concurrency, s.BatchSize)
	if s.Instances > 1 {
		what = fmt.Sprintf("CONCURRENCY %d spread over %d instances of B leaves %d for one of them, below BATCH_SIZE %d",
			concurrency, s.Instances, s.Share(concurrency), s.BatchSize)
	}
	return what + ": batches cannot fill, so with PARTIAL_BATCH=fail their requests fail"
}
