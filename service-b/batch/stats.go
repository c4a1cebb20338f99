package batch

import "time"

// Stats is the state of a Batcher at one instant.
type Stats struct {
	QueueDepth int    // requests waiting for their call to start
	Running    int    // calls in progress, Overdue included
	Overdue    int    // calls that ignore their timeout: they still run a second after it
	Config     Config // Workers is their number, never 0
	// Uptime is the time since New.
	Uptime time.Duration
	// Busy is the time that workers have spent in calls: those that have returned, and so far those in
	// progress, Overdue included. It never falls. Over the same period of Uptime, it gives the workers busy.
	Busy time.Duration
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
	busy := b.busy
	for _, c := range b.active {
		busy += now - c.started
	}
	return Stats{
		QueueDepth:  b.queue.length,
		Running:     len(b.active),
		Overdue:     b.overdue,
		Config:      b.config,
		Uptime:      now,
		Busy:        busy,
		TimeToDrain: b.rate.timeFor(now, b.queue.length),
	}
}
