package batch

import (
	"context"
	"sync"
	"time"
)

// callContext is the context of a call. It ends at the call's timeout, when a Drain runs out of time, or
// when the call returns. It uses the Batcher's timer, and makes its channel only on demand: a context of
// the standard library would cost each request 50 ns.
type callContext struct {
	context.Context // Background: a call has no request's values
	deadline        time.Time

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

// end ends the context, unless it has ended.
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
