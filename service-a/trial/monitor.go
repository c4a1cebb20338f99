package trial

import (
	"context"
	"slices"
	"sync"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/target"
)

// monitor reads B during a trial, and remembers what the summary needs. Safe for concurrent use.
type monitor struct {
	admin  *target.Admin         // nil if B has no admin port
	counts func() measure.Counts // of the trial so far

	reading chan struct{} // full during a reading, so that readings arrive in order

	mu       sync.Mutex // guards what follows; never held while B is asked
	latest   measure.Server
	timeline measure.Timeline
	began    bool // the first reading has shown how B was before
	counted  measure.Counts
	outage   outage
	window   windowReadings
}

func newMonitor(admin *target.Admin, counts func() measure.Counts) *monitor {
	return &monitor{admin: admin, counts: counts, reading: make(chan struct{}, 1)}
}

// read reads B. A B that does not answer has no instances.
func (m *monitor) read(ctx context.Context) measure.Server {
	select {
	case m.reading <- struct{}{}:
	case <-ctx.Done():
		return measure.Server{}
	}
	defer func() { <-m.reading }()
	server := m.admin.Figures(ctx)
	if ctx.Err() != nil {
		return measure.Server{} // cut short: it says nothing about B
	}
	counts := m.counts()
	m.mu.Lock()
	defer m.mu.Unlock()
	server.Recent = m.latest.Recent
	if counts != m.counted {
		for o := range counts {
			server.Recent[o] = counts[o] - m.counted[o]
		}
		m.counted = counts
	}
	m.latest.Recent = server.Recent
	if m.window.ended.IsZero() { // later, no replies are expected
		if away, ok := m.outage.add(server.At, server.Instances > 0 || m.admin == nil, counts); ok {
			m.timeline.Add(away)
		}
	}
	if server.Instances > 0 {
		if server.Unread == 0 || m.latest.Instances == 0 {
			m.latest = server
		}
		m.window.add(server)
		for _, change := range server.Changes {
			if m.began {
				m.timeline.Add(change)
			}
		}
		m.began = true
	}
	return server
}

// seen returns the last reading of a B that answered, and what has happened to B so far.
func (m *monitor) seen() (measure.Server, measure.Timeline) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.latest, slices.Clone(m.timeline)
}

// windowBegan must be followed by a reading, and so must windowEnded. That is called again if the window turns out to last longer.
func (m *monitor) windowBegan() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.window.began = time.Now()
}

func (m *monitor) windowEnded() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.window.ended, m.window.last = time.Now(), measure.Server{}
}

// between is B's activity in the window that ended at that time; nil if B was not read in time.
func (m *monitor) between(ended time.Time, length time.Duration) *measure.Between {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.window.between(ended, length)
}
