// Package trial makes measured runs against one B: one trial is one run at one point.
package trial

import (
	"context"
	"sync"
	"sync/atomic"

	"batchlab/service-a/host"
	"batchlab/service-a/measure"
	"batchlab/service-a/target"
)

// Session makes trials of one B, one after another. It outlives them, so its counts never fall. Its
// methods are safe for concurrent use; a trial waits until the one before it is over.
type Session struct {
	resolver *target.Resolver
	admin    *target.Admin // nil if B has no admin port
	meter    host.Meter
	sending  atomic.Bool

	turn sync.Mutex // held by the trial under way

	mu                   sync.Mutex     // guards what follows
	over                 measure.Totals // of all trials before the current one
	dropped, unconnected int64          // in those trials
	current              *trial         // under way, or the last one; nil before the first
}

// NewSession returns a session for the B behind resolver. admin leads to its admin port; it is nil if B has none.
func NewSession(resolver *target.Resolver, admin *target.Admin) *Session {
	return &Session{resolver: resolver, admin: admin, meter: host.NewMeter()}
}

// Run makes one trial and returns its figures. When ctx ends, sending stops early and the summary
// covers what was sent. Nothing of the trial is left running when Run returns.
func (s *Session) Run(ctx context.Context, cfg Config) measure.Summary {
	s.turn.Lock()
	defer s.turn.Unlock()
	t := s.begin(cfg)
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var helpers sync.WaitGroup
	_ = s.resolver.Refresh(ctx) // without an address the workers back off while the resolver retries
	helpers.Go(func() { s.resolver.Run(background) })
	helpers.Go(func() { s.admin.Run(background) })
	helpers.Go(func() { t.watch(background) })
	s.sending.Store(true)
	run := t.runner.Run(ctx)
	s.sending.Store(false)
	t.readings.Wait()
	stop()
	helpers.Wait()
	return t.summary(run)
}

// begin makes a new trial the current one.
func (s *Session) begin(cfg Config) *trial {
	t := newTrial(s, cfg)
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.current; last != nil {
		s.over.Merge(last.totals())
		dropped, unconnected := last.runner.Dropped()
		s.dropped, s.unconnected = s.dropped+dropped, s.unconnected+unconnected
	}
	s.current = t
	return t
}

// Sending reports whether a trial is sending requests or waiting for replies.
func (s *Session) Sending() bool { return s.sending.Load() }

// Figures are the counts of a session so far, and the state of its current trial.
type Figures struct {
	Totals      *measure.Totals // of all trials, warm-up included
	Dropped     int64           // in all trials, each after its warm-up
	Unconnected int64           // those of Dropped that found a worker without a connection

	Point      Config // of the trial under way, or else of the last one; empty before the first
	InFlight   int
	CannotFill bool // see measure.Server.CannotFill
}

// Figures returns the current figures.
func (s *Session) Figures() Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := Figures{Totals: &measure.Totals{}, Dropped: s.dropped, Unconnected: s.unconnected}
	f.Totals.Merge(&s.over)
	if t := s.current; t != nil {
		f.Totals.Merge(t.totals())
		dropped, unconnected := t.runner.Dropped()
		f.Dropped, f.Unconnected = f.Dropped+dropped, f.Unconnected+unconnected
		f.Point, f.InFlight = t.cfg, t.runner.InFlight()
		server, _ := t.monitor.seen()
		f.CannotFill = server.CannotFill(t.cfg.Concurrency)
	}
	return f
}
