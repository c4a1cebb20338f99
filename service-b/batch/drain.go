package batch

import (
	"context"
	"slices"
)

// Drain refuses new requests, and returns once all admitted ones are answered. It runs or fails a short
// batch at once, as the policy says. If ctx ends first, it answers the rest with ErrDraining, cancels the
// contexts of active calls, and returns ctx's cause.
func (b *Batcher[In, Out]) Drain(ctx context.Context) error {
	b.mu.Lock()
	b.draining = true
	b.settle()
	b.mu.Unlock()
	select {
	case <-b.drained:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	drained := b.isDrained() // before the requests below are failed
	b.fail(b.queue.length, ErrDraining)
	active := slices.Clone(b.active)
	for _, c := range active {
		c.givenUp = true
	}
	b.mu.Unlock()
	for _, c := range active {
		b.giveUp(c, ErrDraining, context.Canceled)
	}
	b.setDrained()
	if drained {
		return nil
	}
	return context.Cause(ctx)
}

// isDrained reports whether everything is answered. An overdue call is not waited for.
func (b *Batcher[In, Out]) isDrained() bool {
	return b.draining && b.queue.length == 0 && len(b.active) == b.overdue
}
