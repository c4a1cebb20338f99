package load

import (
	"math/rand/v2"
	"time"
)

const (
	firstBackoff = 50 * time.Millisecond
	mostBackoff  = 1500 * time.Millisecond
)

// backoff spaces one worker's attempts to reach a server that is not there.
type backoff struct{ failures int }

// next returns how long to wait after one more failure: twice as long each time up to a limit, and
// somewhere in the upper half of that, so that workers who failed together come back apart.
func (b *backoff) next() time.Duration {
	d := mostBackoff
	if b.failures < 5 { // 50 ms * 2^5 is above the limit
		d = firstBackoff << b.failures
	}
	b.failures++
	return d/2 + rand.N(d/2+1)
}

func (b *backoff) reset() { b.failures = 0 }

// spread adds up to a tenth to what the server asked for: never less, and not all at once.
func spread(d time.Duration) time.Duration { return d + rand.N(d/10+1) }
