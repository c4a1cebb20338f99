package batch

import (
	"math"
	"time"
)

// Timing says where an answered request spent its time in the Batcher. No part is negative. Fill + Worker is
// the wait: from the arrival to the start of the call, or to the failure of a request that got no call.
//
// Fill ends when the request's batch is ready for the first time, that is, when only a free worker is
// missing. A batch is ready when it has Config.Size requests, because of an arrival, a departure ahead of
// it or a Reconfigure; under Flush also at its timeout, or at a Drain. If a request joins a short batch that
// is ready already, Fill is only the time to admit it. If a departure or a larger Size makes a ready batch
// short again, its requests still count as waiting for a worker: a free one would have started their call.
type Timing struct {
	Fill   time.Duration // waiting for the batch to fill
	Worker time.Duration // waiting for a free worker
	Call   time.Duration // the call
}

// never is the item.ready of an item whose batch has not been ready.
const never = math.MaxInt64

// item is one admitted request, from its arrival to its answer. The Batcher's lock guards it while it is
// in the queue. Then it belongs to its call until it is answered, and after that to its waiter. If the
// waiter leaves during the call, the item is left to the garbage collector.
type item[In, Out any] struct {
	in             In
	arrived        time.Duration // since the Batcher's epoch
	ready          time.Duration // when its batch was ready for the first time; never while it fills
	queued         bool
	number         uint64 // in the order of arrival
	previous, next *item[In, Out]

	out      Out
	timing   Timing
	err      error
	answered chan struct{} // holds one signal, so that answer never blocks
}

// split returns the timing of an item whose wait has ended.
func (it *item[In, Out]) split(waitedUntil, call time.Duration) Timing {
	ready := min(it.ready, waitedUntil)
	return Timing{Fill: ready - it.arrived, Worker: waitedUntil - ready, Call: call}
}

// answer is called once, after the item has left the queue.
func (it *item[In, Out]) answer(out Out, timing Timing, err error) {
	it.out, it.timing, it.err = out, timing, err
	it.answered <- struct{}{}
}
