package batch

import (
	"fmt"
	"runtime"
	"time"
)

// Policy says what happens to a batch that is still short at the timeout or at a drain.
type Policy string

const (
	// Fail answers every request of the short batch with ErrIncomplete, without a call.
	Fail Policy = "fail"
	// Flush runs the short batch as it is.
	Flush Policy = "flush"
)

// Config says how a Batcher gathers requests. It can be replaced while the Batcher runs.
type Config struct {
	// Size is the number of requests in a full batch, from 1 to QueueLimit.
	Size int
	// Timeout is how long a batch may stay short, from the arrival of its first request; above 0.
	Timeout time.Duration
	// Partial says what happens to a batch that is still short at the timeout or at a drain.
	Partial Policy
	// QueueLimit is the most requests that may wait for their call to start, at least 1.
	QueueLimit int
	// Workers is the most calls at once; 0 means runtime.GOMAXPROCS.
	Workers int
	// CallTimeout bounds one call; then its requests are answered with ErrCallTimeout. Above 0.
	CallTimeout time.Duration
}

// Validate names the first field that is out of range.
func (c Config) Validate() error {
	switch {
	case c.QueueLimit < 1:
		return fmt.Errorf("batch: QueueLimit is %d, want at least 1", c.QueueLimit)
	case c.Size < 1 || c.Size > c.QueueLimit:
		return fmt.Errorf("batch: Size is %d, want 1 to QueueLimit (%d)", c.Size, c.QueueLimit)
	case c.Timeout <= 0:
		return fmt.Errorf("batch: Timeout is %v, want above 0", c.Timeout)
	case c.Partial != Fail && c.Partial != Flush:
		return fmt.Errorf("batch: Partial is %q, want %q or %q", c.Partial, Fail, Flush)
	case c.Workers < 0:
		return fmt.Errorf("batch: Workers is %d, want at least 0", c.Workers)
	case c.CallTimeout <= 0:
		return fmt.Errorf("batch: CallTimeout is %v, want above 0", c.CallTimeout)
	}
	return nil
}

// resolved replaces 0 workers by their number once, because runtime.GOMAXPROCS takes the scheduler's
// lock. It also cuts timeouts that would overflow when added to the present time.
func (c Config) resolved() Config {
	const forever = 100 * 365 * 24 * time.Hour
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	c.Timeout, c.CallTimeout = min(c.Timeout, forever), min(c.CallTimeout, forever)
	return c
}
