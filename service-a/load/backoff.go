package load

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstBackoff = 50 * time.Millisecond
	mostBackoff  = 1500 * time.Millisecond
)

// backoff spaces out one worker's attempts to reach a server that is down.
type backoff struct{ failures int }

// next is how long to wait after one more failure: twice as long each time, with jitter so that workers spread out.
func (b *backoff) next() time.Duration {
	d := min(firstBackoff<<min(b.failures, 5), mostBackoff) // 50 ms * 2^5 is above the limit
	b.failures++
	return d/2 + rand.N(d/2+1)
}

// spread lengthens the wait after a busy reply by up to a tenth, so that not all workers come back at once.
func spread(d time.Duration) time.Duration { return d + rand.N(d/10+1) }

// sleep waits for d; it returns false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
