package trial

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/target"
)

// observer reads B during a trial, and remembers what the summary needs. Safe for concurrent use.
type observer struct {
	admin  *target.Admin
	latest atomic.Pointer[measure.Server] // the last reading of a B that answered

	reading  chan struct{} // full during a reading, so that readings arrive in order
	began    bool          // the first reading has shown how B was before
	presence presence
	filling  filling

	mu       sync.Mutex // guards what follows; never held while B is asked
	window   window
	timeline measure.Timeline
}

func newObserver(admin *target.Admin) *observer {
	o := &observer{admin: admin, reading: make(chan struct{}, 1)}
	o.latest.Store(&measure.Server{})
	return o
}

// read reads B. counts are those of this trial, as they are once B has answered.
func (o *observer) read(ctx context.Context, counts func() measure.Counts) measure.Server {
	select {
	case o.reading <- struct{}{}:
	case <-ctx.Done():
		return measure.Server{}
	}
	defer func() { <-o.reading }()
	server := o.admin.Figures(ctx)
	if ctx.Err() != nil {
		return measure.Server{} // cut short: it says nothing about B
	}
	if o.admin == nil {
		server.At = time.Now()
	}
	seen := counts()
	server.Fills = o.filling.add(server, seen)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.window.ended.IsZero() { // later, no replies are expected
		if away, ok := o.presence.add(server.At, server.Instances > 0 || o.admin == nil, seen); ok {
			o.timeline.Extend(away)
		}
	}
	if server.Instances > 0 {
		if server.Unread == 0 || o.latest.Load().Instances == 0 {
			o.latest.Store(&server)
		}
		o.window.add(server)
		o.addChanges(server.Changes)
	}
	return server
}

// addChanges leaves out what changed before the trial.
func (o *observer) addChanges(changes []measure.Change) {
	for _, change := range changes {
		if o.began {
			o.timeline.Add(change)
		}
	}
	o.began = true
}

// changes lists what has happened to B so far.
func (o *observer) changes() measure.Timeline {
	o.mu.Lock()
	defer o.mu.Unlock()
	return measure.Timeline{Changes: slices.Clone(o.timeline.Changes), More: o.timeline.More}
}

// mark tells when the window began or ended; it must be followed by a reading.
func (o *observer) mark(set func(*window, time.Time)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	set(&o.window, time.Now())
}

// between is B's activity in the window that ended at that time; nil if B was not read in time.
func (o *observer) between(ended time.Time, length time.Duration) *measure.Between {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.window.between(ended, length)
}
