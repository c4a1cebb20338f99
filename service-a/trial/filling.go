package trial

import (
	"time"

	"batchlab/service-a/measure"
)

// filling tells from replies whether B's batches fill: they may, even with too few requests of this A, if another load
// sends the rest. The zero value has seen nothing.
type filling struct {
	last       time.Time // of the reading before
	since      time.Time // ok replies came at most this late
	ok         int64
	incomplete int64 // requests that found no full batch in time, at the last ok reply
}

// add takes in one more reading. It returns false if, for BATCH_TIMEOUT, requests have failed and none succeeded.
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
