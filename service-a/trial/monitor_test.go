package trial

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/target"
)

// A reading that lacks an instance is not the last state of B, but A's requests count.
func TestReadingWithoutAnInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{born: time.Now()}
		admin, hidden, counts := listen(t, l.metrics), "", measure.Counts{} // hidden: what addresses start with that refuse
		resolver, err := target.NewResolver(&url.URL{Scheme: "http", Host: "b:5001"}, func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		resolver.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if hidden != "" && strings.HasPrefix(address, hidden) {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
			return admin.dial(ctx, network, "10.0.0.1:5001")
		}
		m := newMonitor(target.NewAdmin(resolver), func() measure.Counts { return counts })
		m.read(t.Context())
		time.Sleep(time.Second)
		hidden, counts[measure.OK] = "10.0.0.2:", 3
		if got := m.read(t.Context()); got.Instances != 1 || got.Unread != 1 {
			t.Fatalf("%d instances, %d unread; want 1, 1", got.Instances, got.Unread)
		}
		if latest, _ := m.seen(); latest.Instances != 2 || latest.Recent[measure.OK] != 3 {
			t.Errorf("the last state has %d instances, and %d ok replies; want 2, 3", latest.Instances, latest.Recent[measure.OK])
		}
		for _, step := range []struct {
			hidden string
			want   int
		}{{"10.0.0.", 2}, {"10.0.0.2:", 1}, {"10.0.0.", 1}} { // one that keeps refusing while the other answers has left
			hidden = step.hidden
			time.Sleep(time.Second)
			m.read(t.Context())
			if latest, _ := m.seen(); latest.Instances != step.want {
				t.Errorf("%s* refuse: the last state has %d instances, want %d", step.hidden, latest.Instances, step.want)
			}
		}
		hidden = ""
		m.read(t.Context())
		time.Sleep(time.Second)
		hidden = "10.0.0.2:"
		m = newMonitor(m.admin, func() measure.Counts { return counts })
		m.read(t.Context())
		if latest, _ := m.seen(); latest.Instances != 1 {
			t.Errorf("the next trial knows only the one that answers: the last state has %d instances, want 1", latest.Instances)
		}
	})
}

// A reading that waits for another one ends with its context.
func TestReadingThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMonitor(nil, nil)
		m.reading <- struct{}{}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if got := m.read(ctx); !got.At.IsZero() {
			t.Errorf("read %+v, want nothing", got)
		}
	})
}

// B is away if it neither replies nor answers A's questions, or, without an admin port, if connections fail.
func TestMonitorTellsAbsence(t *testing.T) {
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
		inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
			l.b.away = !tt.answers
			if !tt.admin {
				l.session.admin = nil
			}
			second := int64(0)
			m := newMonitor(l.session.admin, func() measure.Counts {
				return measure.Counts{measure.OK: second * tt.each.ok, measure.Connection: second * tt.each.broken}
			})
			if tt.ended {
				m.windowEnded()
			}
			for ; second < 5; second++ {
				s := m.read(t.Context())
				if now := time.Now(); !s.At.Equal(now) || s.Instances != map[bool]int{true: 1}[tt.answers] {
					t.Errorf("%s: read at %v with %d instances, but it is %v", tt.name, s.At, s.Instances, now)
				}
				time.Sleep(time.Second)
			}
			if _, changes := m.seen(); (len(changes) == 1 && changes[0].Kind == measure.Away) != tt.away || len(changes) > 1 {
				t.Errorf("%s: changes are %v, want an absence: %v", tt.name, changes, tt.away)
			}
		})
	}
}

// A reading that is cut short says nothing about B, nor does one that never began.
func TestReadingCutShort(t *testing.T) {
	inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
		l.b.before = 500 * time.Millisecond
		m := newMonitor(l.session.admin, func() measure.Counts { return measure.Counts{} })
		go m.read(t.Context()) // takes half a second
		time.Sleep(time.Millisecond)
		for range 4 { // the first waits for the reading under way
			ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
			begin := time.Now()
			if s := m.read(ctx); s.Instances != 0 || !s.At.IsZero() || time.Since(begin) > 300*time.Millisecond {
				t.Errorf("cut short: %+v after %v, want nothing after 0.3 s", s, time.Since(begin))
			}
			stop()
			time.Sleep(time.Second)
		}
		if s, changes := m.seen(); s.Instances != 1 || len(changes) > 0 {
			t.Errorf("last seen %+v, changes %v; want the reading that was not cut short, and none", s, changes)
		}
	})
}
