package trial

import (
	"time"

	"batchlab/service-a/measure"
)

// filling tells from replies whether B's batches fill. They may even if CONCURRENCY is below BATCH_SIZE, when another
// load sends the rest. The zero value has seen nothing.
type filling struct {
	last       time.Time // the time of the last reading
	since      time.Time // no ok reply has come since; the time of a reading
	ok         int64
	incomplete int64 // incomplete and timed out, at the last ok reply
}

// add adds one more reading. It returns false if requests have failed for BATCH_TIMEOUT and none has succeeded.
func (f *filling) add(s measure.Server, seen measure.Counts) (fills bool) {
	incomplete := seen[measure.Incomplete] + seen[measure.Timeout]
	if f.last.IsZero() {
		f.since, f.last = s.At, s.At
	}
	if seen[measure.OK] > f.ok {
		f.ok, f.since, f.incomplete = seen[measure.OK], f.last, incomplete
	}
	f.last = s.At
	return incomplete == f.incomplete || s.At.Sub(f.since) < s.BatchTimeout
}
