package batch

import (
	"sync/atomic"
	"time"
)

// Timing is where an answered request spent its time inside the Batcher.
type Timing struct {
	Queue time.Duration // from its arrival to the start of its call
	Call  time.Duration // the call
}

// The states of an item. It is pending while the queue or a call owns it, and then one of the other two.
const (
	pending   int32 = iota
	answered        // the waiter finds the answer in it, and recycles it
	abandoned       // its waiter has left: whoever would have answered recycles it
)

// item is one admitted request, from its arrival to its answer.
type item[In, Out any] struct {
	in      In
	arrived time.Duration // since the Batcher's epoch
	place   uint64        // in the queue

	state  atomic.Int32
	signal chan struct{} // one slot; something in it asks the waiter to look: at the state, and then at its context

	out    Out
	timing Timing
	err    error
}

func newItem[In, Out any]() *item[In, Out] {
	return &item[In, Out]{signal: make(chan struct{}, 1)}
}

// answer hands the result to the waiter, and reports whether there still is one. The caller has
// taken the item out of the queue; if the waiter has left, it is the caller's to recycle.
func (it *item[In, Out]) answer(out Out, timing Timing, err error) bool {
	it.out, it.timing, it.err = out, timing, err
	if !it.state.CompareAndSwap(pending, answered) {
		return false
	}
	it.nudge()
	return true
}

// nudge makes the waiter look. If it has not looked since the last time, that will do.
func (it *item[In, Out]) nudge() {
	select {
	case it.signal <- struct{}{}:
	default:
	}
}

func (it *item[In, Out]) isAnswered() bool { return it.state.Load() == answered }

// abandon is the waiter leaving an item that is no longer in the queue. It reports false if the
// answer was quicker.
func (it *item[In, Out]) abandon() bool {
	return it.state.CompareAndSwap(pending, abandoned)
}

// reset makes the item fit for another request, and lets go of what it referred to.
func (it *item[In, Out]) reset() {
	var in In
	var out Out
	it.in, it.out, it.err = in, out, nil
	select {
	case <-it.signal: // a nudge at the time of the answer
	default:
	}
	it.state.Store(pending)
}
