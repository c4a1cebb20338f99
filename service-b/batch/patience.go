package batch

import "time"

// Patience is how long Do waits before it looks at the request's context. Most answers come sooner,
// and waiting for an answer or the end of a context costs much more than waiting for an answer alone:
// in a select, and still more in the Done of a context that then begins to watch a connection.
const Patience = 5 * time.Millisecond

// endPatience has those who have waited for that long look at their contexts, and wakes the Batcher
// again for the others.
func (b *Batcher[In, Out]) endPatience(now time.Duration) {
	if next, ok := b.queue.nudge(now - Patience); ok {
		b.wakeAt(next + Patience)
	}
	for _, c := range b.active {
		switch {
		case c.nudged || c.resolved.Load():
		case now < c.started+Patience:
			b.wakeAt(c.started + Patience)
		default:
			c.nudge()
		}
	}
}
