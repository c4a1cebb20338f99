package measure

import (
	"fmt"
	"time"
)

// Server is the state that B reports, combined over its instances.
type Server struct {
	At         time.Time
	Instances  int // how many answered; if 0, the other fields are meaningless
	QueueDepth int
	QueueLimit int
	Workers    int     // AI calls that can run at once
	Cores      float64 // that its instances may use, added up; 0 = unknown
	SameHost   bool    // all instances run on A's host, so their CPU is part of the host's
	BatchSize  int     // the largest configured by any instance
	Partial    string  // PARTIAL_BATCH: "fail" or "flush"
	Used       ServerCounters
}

// ServerCounters count from the first reading of B. They do not reset when an instance restarts.
type ServerCounters struct {
	CPUSeconds float64
	AISeconds  float64 // duration of AI calls, added when a call ends
	Batches    float64 // AI calls
	Batched    float64 // requests in those calls
}

// Plus returns c + factor * more.
func (c ServerCounters) Plus(factor float64, more ServerCounters) ServerCounters {
	return ServerCounters{
		CPUSeconds: c.CPUSeconds + factor*more.CPUSeconds, AISeconds: c.AISeconds + factor*more.AISeconds,
		Batches: c.Batches + factor*more.Batches, Batched: c.Batched + factor*more.Batched,
	}
}

// Between is B's activity between two readings.
type Between struct {
	Cores            float64 `json:"-"`                  // processor seconds per second
	AIBusyPercent    float64 `json:"ai_busy_percent"`    // share of the workers' time in AI calls
	BatchFillPercent float64 `json:"batch_fill_percent"` // mean batch / BATCH_SIZE; 0 without batches
}

// Between returns nil if B did not answer one of the two readings.
func (s Server) Between(before Server) *Between {
	elapsed := s.At.Sub(before.At).Seconds()
	if s.Instances == 0 || before.Instances == 0 || elapsed <= 0 {
		return nil
	}
	used := s.Used.Plus(-1, before.Used)
	b := &Between{Cores: used.CPUSeconds / elapsed}
	if workers := float64(s.Workers+before.Workers) / 2; workers > 0 { // the mean, as the number can change in between
		b.AIBusyPercent = min(100*used.AISeconds/workers/elapsed, 100)
	}
	if used.Batches > 0 && s.BatchSize > 0 {
		b.BatchFillPercent = 100 * used.Batched / used.Batches / float64(s.BatchSize)
	}
	return b
}

// CannotFill reports whether all requests of an instance fail: it gets too few for a batch and runs no short one.
func (s Server) CannotFill(concurrency int) bool {
	return s.Instances > 0 && s.Partial == "fail" && concurrency/s.Instances < s.BatchSize
}

// Warning says in one line why batches cannot fill; "" if they can, or if no instance answered.
func (s Server) Warning(concurrency int) string {
	if !s.CannotFill(concurrency) {
		return ""
	}
	what := fmt.Sprintf("CONCURRENCY %d is below BATCH_SIZE %d", concurrency, s.BatchSize)
	if s.Instances > 1 {
		what = fmt.Sprintf("CONCURRENCY %d spread over %d instances of B leaves %d for one of them, below BATCH_SIZE %d",
			concurrency, s.Instances, concurrency/s.Instances, s.BatchSize)
	}
	return what + ": batches cannot fill, so with PARTIAL_BATCH=fail their requests fail"
}
