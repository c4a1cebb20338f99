//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// drill is full load on B, by service A and by clients of our own, while something breaks.
type drill struct {
	lab     *lab
	clients []*client
	began   time.Time              // when all was under load
	before  map[string]container   // replicas of B
	counted map[string]served      // by each of those
	reports map[string]report      // A's earlier ones
	a       atomic.Pointer[string] // A's admin port, where it was last found
	mu      sync.Mutex             // guards clients

	unwatch  context.CancelFunc
	watching sync.WaitGroup
	readings []reading // once watching is done
}

// reading is what A and the client had at one time.
type reading struct {
	began, ended time.Time
	clients      received
}

// drill starts the load, and returns when both clients get replies.
func (l *lab) drill(t *testing.T, c *client) *drill {
	t.Helper()
	d := &drill{lab: l, before: l.replicas(t), counted: map[string]served{}, reports: l.reports(t)}
	for name, b := range d.before {
		d.counted[name] = l.settled(t, b)
	}
	d.a.Store(new(""))
	l.docker(t, "start", l.named("service-a-1"))
	d.join(c)
	t.Cleanup(func() {
		for _, c := range d.clients {
			c.end()
		}
	})
	d.succeeds(t)
	d.began = time.Now()
	watching, stop := context.WithCancel(t.Context())
	d.unwatch = stop
	d.watching.Go(func() { d.watch(watching) })
	return d
}

// join adds a client. It gives up no request soon, unless it says otherwise.
func (d *drill) join(c *client) {
	c.patience, c.replicas = cmp.Or(c.patience, soon), d.lab.traffic()
	c.start()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clients = append(d.clients, c)
}

// ours is what the clients of our own have received.
func (d *drill) ours() (sum received) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.clients {
		sum = sum.plus(c.account().received)
	}
	return sum
}

// succeeds returns when A's workers have their requests in flight, and A and our clients got further ok replies.
func (d *drill) succeeds(t *testing.T) {
	t.Helper()
	a, c := math.NaN(), d.ours().replies["ok"]
	d.lab.poll(t, "the load does not go on", func() bool {
		s, err := d.scrapeA()
		ok := float64(receivedFrom(s.outcomes("loadgen_requests_total")).replies["ok"])
		if math.IsNaN(a) && err == nil {
			a = ok
		}
		return s["loadgen_in_flight"] >= 0.9*s["loadgen_concurrency"] && ok > a+200 && d.ours().replies["ok"] > c+20
	})
}

// watch reads what A and the client have, until the drill ends.
func (d *drill) watch(ctx context.Context) {
	for ; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		began := time.Now()
		s, err := d.scrapeA()
		if outcomes := s.outcomes("loadgen_requests_total"); err == nil && len(outcomes) > 0 {
			clients := receivedFrom(outcomes).plus(d.ours())
			d.readings = append(d.readings, reading{began, time.Now(), clients})
		}
	}
}

// account is what all sides counted from the beginning of a drill to its end.
type account struct {
	a       received
	noticed []string          // what A says happened to B
	each    []ledger          // of each client
	b       map[string]served // by replica; of one that was started anew: since then
}

// notices asserts that A says at least one of these of B.
func (x account) notices(t *testing.T, kinds ...string) {
	t.Helper()
	t.Logf("service-a says that B %v", x.noticed)
	if !slices.ContainsFunc(kinds, func(kind string) bool { return slices.Contains(x.noticed, kind) }) {
		t.Errorf("service-a says that B %v, want one of %v", x.noticed, kinds)
	}
}

func (x account) clients() received {
	sum := x.a
	for _, c := range x.each {
		sum = sum.plus(c.received)
	}
	return sum
}

// end stops the load, waits for the replies that are due, and returns the accounts.
func (d *drill) end(t *testing.T) account {
	t.Helper()
	x := account{b: map[string]served{}}
	for _, c := range d.clients {
		x.each = append(x.each, c.end())
	}
	d.unwatch()
	d.watching.Wait()
	d.lab.docker(t, "stop", d.lab.named("service-a-1"))
	for name, report := range d.lab.reports(t) {
		if _, old := d.reports[name]; !old {
			x.a = x.a.plus(receivedFrom(report.Requests))
			for _, change := range report.B.Changes {
				x.noticed = append(x.noticed, change.Kind)
			}
		}
	}
	for name, b := range d.lab.replicas(t) {
		x.b[name] = d.lab.settled(t, b)
		if b.State.StartedAt.Equal(d.before[name].State.StartedAt) {
			x.b[name] = x.b[name].minus(d.counted[name])
		}
	}
	x.plausible(t)
	return x
}

// plausible logs an account, and asserts that no client got a reply that was not its own.
func (x account) plausible(t *testing.T) {
	t.Helper()
	for name, b := range x.b {
		t.Logf("%s: %v, %d canceled", name, b.replies, b.canceled)
	}
	t.Logf("service-a: %v, %d unanswered", x.a.replies, x.a.unanswered)
	for _, c := range x.each {
		t.Logf("a client of our own: %v, %d unanswered", c.replies, c.unanswered)
		for _, wrong := range c.wrong[:min(len(c.wrong), 5)] {
			t.Error(wrong)
		}
		if c.open != 0 {
			t.Errorf("%d connections are left", c.open)
		}
	}
}

// outage is the last reading before a replica was started again, if one began after it had died: after the last reply
// that our clients lost. Without one, the machine was too busy.
func (d *drill) outage(x account, started time.Time) (r reading, found bool) {
	var died time.Time
	for _, c := range x.each {
		for _, lost := range c.lost {
			if lost.at.Before(started) && lost.at.After(died) {
				died = lost.at
			}
		}
	}
	for _, reading := range d.readings {
		if !died.IsZero() && reading.began.After(died) && reading.ended.Before(started) {
			r, found = reading, true
		}
	}
	return r, found
}

// scrapeA reads A's metrics at the address where it was last found.
func (d *drill) scrapeA() (scrape, error) {
	if s, err := scrapeURL("http://" + *d.a.Load() + "/metrics"); err == nil {
		return s, nil
	}
	all, err := d.lab.running("service-a")
	for _, a := range all {
		d.a.Store(new(d.lab.address(a, "5002")))
	}
	return nil, err
}
