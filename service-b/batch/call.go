package batch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"
)

var (
	// ErrCallTimeout answers the requests of a call that took longer than Config.CallTimeout.
	ErrCallTimeout = errors.New("the call took too long")
	// ErrResultCount answers the requests of a call that did not return one result per request.
	ErrResultCount = errors.New("wrong number of results")
)

// PanicError answers the requests of a call that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("the call panicked: %v", e.Value) }

// Trigger is what made a batch run.
type Trigger string

// The triggers. If several apply, the first one counts.
const (
	TriggerFull    Trigger = "full"    // it had Config.Size requests
	TriggerTimeout Trigger = "timeout" // it was short at Config.Timeout, and the policy is Flush
	TriggerDrain   Trigger = "drain"   // it was short at the drain, and the policy is Flush
)

// Batch describes one call that has returned, or whose requests were answered without waiting for its
// return.
type Batch struct {
	Size     int
	Slots    int // Config.Size when the call started: at least Size
	Trigger  Trigger
	Duration time.Duration
	Err      error // why its requests got no result; nil if they got one
}

// call is one batch on its way through the function. Calls are pooled.
type call[In, Out any] struct {
	work func() // b.work(c), bound once so that starting it allocates nothing

	items    []*item[In, Out]
	ins      []In
	slots    int // Config.Size when it started
	trigger  Trigger
	started  time.Duration // since the Batcher's epoch
	ctx      *callContext
	resolved atomic.Bool // somebody has claimed the right to answer the items

	// Guarded by the Batcher's lock.
	due     time.Duration // when checkCalls must act on it
	givenUp bool          // its items are answered without waiting for its return
	overdue bool          // it counts as overdue
}

// ready returns how many requests, from the front of the queue, wait for nothing but a worker.
func (b *Batcher[In, Out]) ready(now time.Duration) int {
	if b.shortIsDue(now) && b.config.Partial == Flush {
		return b.queue.length
	}
	return b.queue.length - b.queue.openLength
}

// shortIsDue reports whether there is an open batch that must not wait any longer for more requests.
func (b *Batcher[In, Out]) shortIsDue(now time.Duration) bool {
	return b.queue.openLength > 0 && (b.draining || now >= b.queue.openSince+b.config.Timeout)
}

// trigger is what makes a batch of that size run.
func (b *Batcher[In, Out]) trigger(size int) Trigger {
	switch {
	case size == b.config.Size:
		return TriggerFull
	case b.draining:
		return TriggerDrain
	}
	return TriggerTimeout
}

// take turns the batch at the front of the queue into an active call. It returns nil if none is ready
// or all workers are busy.
func (b *Batcher[In, Out]) take(now time.Duration) *call[In, Out] {
	ready := b.ready(now)
	b.queue.markReady(ready, now)
	size := min(b.config.Size, ready)
	if size == 0 || len(b.active) >= b.config.Workers {
		return nil
	}
	if len(b.active) == 0 {
		b.rate.skip(now)
	}
	c := b.calls.Get().(*call[In, Out])
	c.items = b.queue.take(size, c.items)
	b.queue.regroup(b.config.Size, now)
	for _, it := range c.items {
		c.ins = append(c.ins, it.in) // copied now: the call may be given up, and its items reused, before it runs
	}
	c.slots, c.trigger = b.config.Size, b.trigger(size)
	c.started, c.due = now, now+b.config.CallTimeout
	c.ctx = &callContext{Context: context.Background(), deadline: b.epoch.Add(c.due)}
	b.active = append(b.active, c)
	b.wakeAt(c.due)
	return c
}

// work makes the call and then frees its worker.
func (b *Batcher[In, Out]) work(c *call[In, Out]) {
	defer b.finish(c) // even if function ends this goroutine with runtime.Goexit
	b.run(c)
}

// run makes the call and answers its items, whatever the function does. If the function ignores its
// context, run may return long after the items were answered.
func (b *Batcher[In, Out]) run(c *call[In, Out]) {
	var outs []Out
	var err error
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Value: r, Stack: debug.Stack()}
		}
		b.resolve(c, outs, err)
		c.ctx.end(context.Canceled)
	}()
	outs, err = b.function(c.ctx, c.ins)
}

// resolve answers every item of c, unless that has already happened.
func (b *Batcher[In, Out]) resolve(c *call[In, Out], outs []Out, err error) {
	if !c.resolved.CompareAndSwap(false, true) {
		return
	}
	if err == nil && len(outs) != len(c.items) {
		err = fmt.Errorf("%w: %d for %d requests", ErrResultCount, len(outs), len(c.items))
	}
	duration := b.now() - c.started
	b.observe(Batch{Size: len(c.items), Slots: c.slots, Trigger: c.trigger, Duration: duration, Err: err})
	for i, it := range c.items {
		var out Out
		if err == nil {
			out = outs[i]
		}
		it.answer(out, it.split(c.started, duration), err)
	}
}

// finish removes a returned call from the active ones.
func (b *Batcher[In, Out]) finish(c *call[In, Out]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.active, c)
	b.active = slices.Delete(b.active, i, i+1)
	if c.overdue {
		b.overdue--
	}
	now := b.now()
	b.busy += now - c.started
	b.rate.add(now, len(c.items))
	if !c.givenUp { // otherwise giveUp may still be looking at it
		clear(c.items)
		clear(c.ins)
		c.items, c.ins, c.ctx = c.items[:0], c.ins[:0], nil
		c.resolved.Store(false)
		b.calls.Put(c)
	}
	b.settle()
}

// overdueGrace is how long after its timeout a call may take to return before it counts as overdue.
const overdueGrace = time.Second

// checkCalls gives up the calls that have reached their timeout. If they still run overdueGrace later,
// they count as overdue.
func (b *Batcher[In, Out]) checkCalls() {
	now := b.now()
	for _, c := range b.active {
		switch {
		case now < c.due:
			b.wakeAt(c.due)
		case !c.givenUp:
			c.givenUp, c.due = true, now+overdueGrace
			b.wakeAt(c.due)
			go b.giveUp(c, ErrCallTimeout, context.DeadlineExceeded) // not under the lock: it calls observe
		case !c.overdue:
			c.overdue = true
			b.overdue++
		}
	}
}

// giveUp answers the call's items with err, without waiting for the function, and ends its context.
func (b *Batcher[In, Out]) giveUp(c *call[In, Out], err, ctxErr error) {
	b.resolve(c, nil, err)
	c.ctx.end(ctxErr)
}
