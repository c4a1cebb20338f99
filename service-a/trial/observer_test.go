package trial

import (
	"context"
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// B is away if it neither replies nor answers A's questions, or, without an admin port, if connections fail.
func TestObserverTellsAbsence(t *testing.T) {
	type each struct{ ok, broken int64 } // more of them, in each second
	for _, tt := range []struct {
		name           string
		admin, answers bool
		each           each
		ended          bool // sending has stopped
		away           bool
	}{
		{name: "it answers questions, and its batches take long", admin: true, answers: true},
		{name: "it answers nothing", admin: true, away: true},
		{name: "it only replies", admin: true, each: each{ok: 1}},
		{name: "it answers nothing after the end", admin: true, ended: true},
		{name: "its batches take long, and it has no admin port"},
		{name: "it replies, and has no admin port", each: each{ok: 1}},
		{name: "connections fail, and it has no admin port", each: each{broken: 1}, away: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &fakeB{batchSize: 10, away: !tt.answers}
			inVirtualTime(t, b, func(t *testing.T, l *lab) {
				admin := l.session.admin
				if !tt.admin {
					admin = nil
				}
				o := newObserver(admin)
				if tt.ended {
					o.mark((*window).end)
				}
				for second := range int64(5) {
					s := o.read(t.Context(), func() measure.Counts {
						return measure.Counts{measure.OK: second * tt.each.ok, measure.Connection: second * tt.each.broken}
					})
					if now := time.Now(); !s.At.Equal(now) || s.Instances != map[bool]int{true: 1}[tt.answers] {
						t.Errorf("read at %v with %d instances, but it is %v", s.At, s.Instances, now)
					}
					time.Sleep(time.Second)
				}
				if o.timeline.More = 7; o.changes().More != 7 {
					t.Errorf("%d more changes, want 7", o.changes().More)
				}
				if changes := o.changes().Changes; (len(changes) == 1 && changes[0].Kind == measure.Away) != tt.away || len(changes) > 1 {
					t.Errorf("changes are %v, want an absence: %v", changes, tt.away)
				}
			})
		})
	}
}

// A reading that is cut short says nothing about B, nor does one that never began.
func TestReadingCutShort(t *testing.T) {
	inVirtualTime(t, &fakeB{batchSize: 10, before: 500 * time.Millisecond}, func(t *testing.T, l *lab) {
		o := newObserver(l.session.admin)
		nothing := func() measure.Counts { return measure.Counts{} }
		short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		go o.read(t.Context(), nothing) // takes half a second
		time.Sleep(time.Millisecond)
		begin := time.Now()
		if s := o.read(short, nothing); s.Instances != 0 || !s.At.IsZero() || time.Since(begin) > 300*time.Millisecond {
			t.Errorf("while another reading went on: %+v after %v, want nothing after 0.3 s", s, time.Since(begin))
		}
		time.Sleep(time.Second)
		for range 3 {
			short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			if s := o.read(short, nothing); s.Instances != 0 || !s.At.IsZero() {
				t.Errorf("cut short: %+v, want nothing", s)
			}
			cancel()
			time.Sleep(time.Second)
		}
		if s, changes := o.latest.Load(), o.changes().Changes; s.Instances != 1 || len(changes) > 0 {
			t.Errorf("last seen %+v, changes %v; want the reading that was not cut short, and none", s, changes)
		}
	})
}
