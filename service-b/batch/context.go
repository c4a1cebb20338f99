package batch

import (
	"context"
	"sync"
	"time"
)

// callContext is what a call is given: a context that ends at the call's timeout, when a Drain runs out
// of time, and when the call does. Its time is kept by the call's timer, which is reused, and its
// channel is only made for those who ask for it; a context of the standard library would cost five
// allocations a call.
type callContext struct {
	deadline time.Time

	mu   sync.Mutex
	done chan struct{}
	err  error
}

// Deadline is when the call's requests will be answered with ErrCallTimeout.
func (c *callContext) Deadline() (time.Time, bool) { return c.deadline, true }

// Done returns a channel that is closed when the context ends.
func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.err != nil {
			close(c.done)
		}
	}
	return c.done
}

// Err is context.DeadlineExceeded or context.Canceled once the context has ended.
func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Value has none: the call belongs to no single request.
func (c *callContext) Value(any) any { return nil }

// end ends the context, if it has not ended yet.
func (c *callContext) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	if c.done != nil {
		close(c.done)
	}
}

var _ context.Context = (*callContext)(nil)
