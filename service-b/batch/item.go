package batch

import "time"

// Timing says where an answered request spent its time in the Batcher. It is never negative.
type Timing struct {
	Queue time.Duration // from its arrival to the start of its call
	Call  time.Duration // the call
}

// item is one admitted request, from its arrival to its answer. The Batcher's lock guards it while it is
// in the queue. Then it belongs to its call until it is answered, and after that to its waiter. If the
// waiter leaves during the call, the item is left to the garbage collector.
type item[In, Out any] struct {
	in             In
	arrived        time.Duration // since the Batcher's epoch
	queued         bool
	number         uint64 // in the order of arrival
	previous, next *item[In, Out]

	out      Out
	timing   Timing
	err      error
	answered chan struct{} // holds one signal, so that answer never blocks
}

// answer is called once, after the item has left the queue.
func (it *item[In, Out]) answer(out Out, timing Timing, err error) {
	it.out, it.timing, it.err = out, timing, err
	it.answered <- struct{}{}
}
