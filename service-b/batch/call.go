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
	// ErrResultCount answers the requests of a call that did not return one result for each of them.
	ErrResultCount = errors.New("wrong number of results")

	errGoexit = errors.New("the call ended its goroutine")
)

// PanicError answers the requests of a call that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("the call panicked: %v", e.Value) }

// Trigger is what made a batch run.
type Trigger string

// The triggers, in the order in which they are looked for.
const (
	TriggerFull    Trigger = "full"    // it had Config.Size requests
	TriggerTimeout Trigger = "timeout" // it was short at Config.Timeout, and the policy is Flush
	TriggerDrain   Trigger = "drain"   // it was short at the drain, and the policy is Flush
)

// Batch describes one call that has ended, or whose requests have been answered without waiting
// for its end.
type Batch struct {
	Size     int
	Trigger  Trigger
	Duration time.Duration
	Err      error // why none of its requests got a result; nil if they did
}

// call is one batch on its way through a worker. A worker uses it again and again.
type call[In, Out any] struct {
	items    []*item[In, Out]
	ins      []In
	trigger  Trigger
	started  time.Duration // since the Batcher's epoch
	ctx      *callContext
	resolved atomic.Bool // the right to answer the items is taken
	givenUp  bool        // its timer or a Drain had that right; known when the call has ended
	overdue  bool        // it counts as overdue
	nudged   bool        // its items' waiters look at their contexts
	slot     int         // among the Batcher's active calls
	timer    *time.Timer // ends the call at its timeout
}

// run makes the call and answers its items, whatever the function does. It returns when the
// function does, which for one that ignores its context may be long after the items were answered.
func (b *Batcher[In, Out]) run(c *call[In, Out]) {
	for _, it := range c.items {
		c.ins = append(c.ins, it.in)
	}
	timeout := time.Until(c.ctx.deadline)
	if c.timer == nil {
		c.timer = time.AfterFunc(timeout, func() { b.expire(c) })
	} else {
		c.timer.Reset(timeout)
	}

	var outs []Out
	err := errGoexit
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Value: r, Stack: debug.Stack()}
		}
		c.givenUp = !b.resolve(c, outs, err)
		c.ctx.end(context.Canceled)
	}()
	outs, err = b.function(c.ctx, c.ins)
}

// giveUp answers the call's items with err, without waiting for the function, and ends its context.
// It reports false if the call was quicker.
func (b *Batcher[In, Out]) giveUp(c *call[In, Out], err, ctxErr error) bool {
	first := b.resolve(c, nil, err)
	c.ctx.end(ctxErr)
	return first
}

// overdueGrace is how soon after its timeout a call is expected to return.
const overdueGrace = time.Second

// expire is called at the call's timeout.
func (b *Batcher[In, Out]) expire(c *call[In, Out]) {
	if b.giveUp(c, ErrCallTimeout, context.DeadlineExceeded) {
		time.AfterFunc(overdueGrace, func() { b.checkOverdue(c) })
	}
}

// checkOverdue is called when a call that was given up should have returned. c was not used for
// another since: next sees to that.
func (b *Batcher[In, Out]) checkOverdue(c *call[In, Out]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.active, c) {
		return
	}
	c.overdue = true
	b.overdue++
	b.settle()
}

// resolve answers every item of c. It reports false if that has been done.
func (b *Batcher[In, Out]) resolve(c *call[In, Out], outs []Out, err error) bool {
	if !c.resolved.CompareAndSwap(false, true) {
		return false
	}
	if err == nil && len(outs) != len(c.items) {
		err = fmt.Errorf("%w: %d for %d requests", ErrResultCount, len(outs), len(c.items))
	}
	duration := b.now() - c.started
	b.observe(Batch{Size: len(c.items), Trigger: c.trigger, Duration: duration, Err: err})
	for i, it := range c.items {
		var out Out
		if err == nil {
			out = outs[i]
		}
		timing := Timing{Queue: c.started - it.arrived, Call: duration}
		if !it.answer(out, timing, err) {
			b.recycle(it)
		}
	}
	return true
}

// nudge makes the waiters look at their contexts. Of an item that is being answered meanwhile the
// next waiter may be meant, who will only look early.
func (c *call[In, Out]) nudge() {
	c.nudged = true
	for _, it := range c.items {
		it.nudge()
	}
}

// clear makes c fit for another batch.
func (c *call[In, Out]) clear() {
	clear(c.items)
	clear(c.ins)
	c.items, c.ins, c.ctx, c.nudged = c.items[:0], c.ins[:0], nil, false
	c.resolved.Store(false)
}
