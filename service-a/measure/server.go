package measure

import (
	"fmt"
	"time"
)

// Server is what B says of itself, all its instances taken together.
type Server struct {
	At         time.Time
	Instances  int // how many answered; the rest is meaningless when 0
	QueueDepth int
	QueueLimit int
	Workers    int    // calls of the model that can run at once
	BatchSize  int    // the largest that an instance has configured
	Partial    string // what becomes of a short batch: "fail" or "flush"
	Used       ServerCounters
}

// ServerCounters is what was used, and done, since B was first asked. An instance's restart takes
// nothing away.
type ServerCounters struct {
	CPUSeconds float64
	AISeconds  float64 // of all calls of the model, added when each has ended
	Batches    float64 // calls of the model
	Batched    float64 // requests in them
}

// Since returns what was used after before.
func (c ServerCounters) Since(before ServerCounters) ServerCounters {
	return ServerCounters{
		CPUSeconds: c.CPUSeconds - before.CPUSeconds, AISeconds: c.AISeconds - before.AISeconds,
		Batches: c.Batches - before.Batches, Batched: c.Batched - before.Batched,
	}
}

// Plus returns the sum of both.
func (c ServerCounters) Plus(more ServerCounters) ServerCounters {
	return ServerCounters{
		CPUSeconds: c.CPUSeconds + more.CPUSeconds, AISeconds: c.AISeconds + more.AISeconds,
		Batches: c.Batches + more.Batches, Batched: c.Batched + more.Batched,
	}
}

// Between is what B did from one time that it was asked to a later one.
type Between struct {
	Cores     float64 // processor seconds per second
	AIBusy    float64 // the part of its workers' time that calls of the model took, 0 to 1
	BatchFill float64 // the part of BATCH_SIZE that an average batch held; 0 when there was none
}

// Between returns nil when B was not there at one of the two times.
func (s Server) Between(before Server) *Between {
	elapsed := s.At.Sub(before.At).Seconds()
	if s.Instances == 0 || before.Instances == 0 || elapsed <= 0 {
		return nil
	}
	used := s.Used.Since(before.Used)
	b := &Between{Cores: used.CPUSeconds / elapsed}
	if workers := float64(s.Workers+before.Workers) / 2; workers > 0 { // it can change meanwhile
		b.AIBusy = min(used.AISeconds/workers/elapsed, 1)
	}
	if used.Batches > 0 && s.BatchSize > 0 {
		b.BatchFill = used.Batched / used.Batches / float64(s.BatchSize)
	}
	return b
}

// Share is how many of the requests in flight the instance with the fewest can get.
func (s Server) Share(concurrency int) int { return concurrency / max(s.Instances, 1) }

// CannotFill tells that no batch of at least one instance can ever fill, so that every request
// there fails: fewer requests are in flight than a batch takes, and short batches are not run.
func (s Server) CannotFill(concurrency int) bool {
	return s.Instances > 0 && s.Partial == "fail" && s.Share(concurrency) < s.BatchSize
}

// Warning says why no batch can fill, in one line.
func (s Server) Warning(concurrency int) string {
	what := fmt.Sprintf("CONCURRENCY %d is below BATCH_SIZE %d", concurrency, s.BatchSize)
	if s.Instances > 1 {
		what = fmt.Sprintf("CONCURRENCY %d over %d instances of B leaves %d for one, below BATCH_SIZE %d",
			concurrency, s.Instances, s.Share(concurrency), s.BatchSize)
	}
	return what + ": no batch can fill, and with PARTIAL_BATCH=fail every request in it fails"
}
