package measure

import (
	"fmt"
	"time"
)

// Server is the state that B reports, combined over its instances.
type Server struct {
	Asked      time.Time // when A sent its questions
	At         time.Time // when the last answer had arrived
	Instances  int       // how many answered; if 0, only the times, Used and Changes mean something
	Unread     int       // instances that answered before, did not now, and have not gone
	QueueDepth int
	QueueLimit int
	Workers    int               // AI calls that can run at once
	Cores      float64           // that its instances may use, added up; 0 = unknown
	SameHost   bool              // all instances run on A's host, so their CPU is part of the host's
	Elsewhere  bool              // all instances run on other hosts; if neither, some do, or it is unknown
	BatchSize  int               // the largest configured by any instance
	Partial    string            // PARTIAL_BATCH: "fail" or "flush"
	Settings   map[string]string // by name, as in B's JSON; where instances differ, all values, such as "10, 20"
	Recent     Counts            // A's requests that ended in the last interval between readings in which some did
	Used       ServerCounters
	Changes    []Change // since the reading before
}

// CannotFill reports whether all requests of an instance fail: it gets too few for a batch and runs no short
// one. A recent success proves the contrary, because another load may fill the batches.
func (s Server) CannotFill(concurrency int) bool {
	tooFew := s.Instances > 0 && s.Partial == "fail" && concurrency/s.Instances < s.BatchSize
	return tooFew && s.Recent[OK] == 0 && s.Recent != Counts{}
}

// Warning says in one line why batches cannot fill, and what to do; "" if they can, or if no instance answered.
func (s Server) Warning(concurrency int) string {
	if !s.CannotFill(concurrency) {
		return ""
	}
	what := fmt.Sprintf("CONCURRENCY %d is below BATCH_SIZE %d", concurrency, s.BatchSize)
	if s.Instances > 1 {
		what = fmt.Sprintf("CONCURRENCY %d spread over %d instances of B leaves %d for one of them, below BATCH_SIZE %d",
			concurrency, s.Instances, concurrency/s.Instances, s.BatchSize)
	}
	return what + ", so batches cannot fill, and with PARTIAL_BATCH=fail the requests fail: raise CONCURRENCY, or lower BATCH_SIZE"
}
