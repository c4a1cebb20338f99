package batch

import (
	"context"
	"slices"
)

// Drain refuses new requests, has everything that was admitted answered, and returns when that is
// done. A short batch is run or failed at once, as the policy says. If ctx ends first, the rest is
// answered with ErrDraining, the contexts of running calls are cancelled, and ctx's cause is returned.
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
	select {
	case <-b.drained: // both at once
		b.mu.Unlock()
		return nil
	default:
	}
	b.aborted = true
	b.failLast(b.queue.length, ErrDraining)
	active := slices.Clone(b.active)
	b.mu.Unlock()
	for _, c := range active {
		b.giveUp(c, ErrDraining, context.Canceled)
	}
	return context.Cause(ctx)
}

// checkDrained notes when everything is answered; calls that were given up are not waited for.
func (b *Batcher[In, Out]) checkDrained() {
	if !b.draining || b.queue.length > 0 || b.running > b.overdue {
		return
	}
	select {
	case <-b.drained:
	default:
		close(b.drained)
	}
}
