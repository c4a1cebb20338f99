package batch

import "time"

// Stats is the state of a Batcher at one instant.
type Stats struct {
	QueueDepth int    // requests waiting for their call to start
	Running    int    // calls in progress, Overdue included
	Overdue    int    // calls that ignore their timeout: they still run a second after it
	Config     Config // Workers is their number, never 0
	// TimeToDrain is how long the present queue takes at the present rate; 0 if no rate is known.
	TimeToDrain time.Duration
}

// Stats returns the present state.
func (b *Batcher[In, Out]) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if len(b.active) == 0 {
		b.rate.skip(now)
	}
	return Stats{
		QueueDepth:  b.queue.length,
		Running:     len(b.active),
		Overdue:     b.overdue,
		Config:      b.config,
		TimeToDrain: b.rate.timeFor(now, b.queue.length),
	}
}
