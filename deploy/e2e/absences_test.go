//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"
	"time"
)

const absence = 3 * time.Second

// replaceB is what `docker compose up -d` does after an edit: SIGTERM, and a new container.
func (l *lab) replaceB(t *testing.T) {
	d := l.drill(t, &client{connections: 16})
	log := l.follow(t, d.before[firstB])
	l.compose(t, "up", "-d", "--force-recreate", "--no-deps", "service-b")
	first := lastWords(t, log())
	d.succeeds(t)
	x := d.end(t)
	x.notices(t, "restarted", "joined", "away") // at the same address or at another
	d.nothingLost(t, x, first.minus(d.counted[firstB]).plus(x.b[firstB]))
}

// follow returns a function that waits for the end of a container and returns its log until then.
func (l *lab) follow(t *testing.T, c container) func() string {
	t.Helper()
	var log bytes.Buffer
	follow := exec.CommandContext(t.Context(), "docker", "logs", "--follow", "--tail", "1", c.ID)
	follow.Stdout, follow.Stderr = &log, &log
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	return func() string {
		_ = follow.Wait() // fails if the container is removed meanwhile
		return log.String()
	}
}

// nothingLost asserts that B replied to everything that it admitted, and that each reply arrived.
func (d *drill) nothingLost(t *testing.T, x account, b served) {
	t.Helper()
	t.Logf("B in all: %v, %d canceled", b.replies, b.canceled)
	for _, problem := range unbalanced(b, x.clients()) {
		t.Error(problem)
	}
	if missed := b.replies.total() - x.clients().replies.total(); missed != 0 || b.canceled != 0 {
		t.Errorf("%d replies did not arrive, %d requests were canceled", missed, b.canceled)
	}
}

func (l *lab) pauseB(t *testing.T) {
	d := l.drill(t, &client{connections: 16})
	l.docker(t, "pause", l.named(firstB))
	time.Sleep(absence)
	l.docker(t, "unpause", l.named(firstB))
	d.succeeds(t)
	x := d.end(t)
	d.sameProcess(t)
	t.Logf("service-a says that B %v", x.noticed) // an absence so short escapes an A without CPU
	for _, problem := range unbalanced(x.b[firstB], x.clients()) {
		t.Error(problem)
	}
	if ours := x.each[0]; ours.unanswered > 0 { // it waits long enough
		t.Errorf("%d requests have no reply, first: %v", ours.unanswered, ours.lost[0].err)
	}
}

func (l *lab) cutOffB(t *testing.T) {
	d := l.drill(t, &client{connections: 16, patience: absence + 2*time.Second})
	network := l.project + "_lab"
	l.docker(t, "network", "disconnect", network, l.named(firstB))
	time.Sleep(absence)
	l.docker(t, "network", "connect", "--alias", "service-b", network, l.named(firstB))
	d.succeeds(t)
	x := d.end(t)
	d.sameProcess(t)
	t.Logf("service-a says that B %v", x.noticed) // an absence so short escapes an A without CPU
	for _, problem := range unbalanced(x.b[firstB], x.clients()) {
		t.Error(problem)
	}
}

// sameProcess asserts that B was not restarted, so that its counts are whole.
func (d *drill) sameProcess(t *testing.T) {
	t.Helper()
	for name, b := range d.lab.replicas(t) {
		if was := d.before[name]; b.ID != was.ID || !b.State.StartedAt.Equal(was.State.StartedAt) {
			t.Errorf("%s was started anew", name)
		}
	}
}

func (l *lab) loseReplica(t *testing.T) {
	l.compose(t, "up", "-d", "--no-recreate", "--scale", "service-b=3", "service-b")
	d := l.drill(t, &client{connections: 15})
	third := d.before["service-b-3"]
	var s scrape
	l.poll(t, "a replica gets no requests", func() bool {
		s = l.scrapeB(t, third.name())
		return s[`batcher_requests_total{outcome="ok"}`] > 200
	})
	l.docker(t, "rm", "--force", third.ID)
	d.succeeds(t)
	l.share(t, "service-b-1", "service-b-2")
	x := d.end(t)
	d.sameProcess(t)
	x.notices(t, "left", "away")

	const inFlight = workersOfA/3 + 1
	if x.a.unanswered > inFlight || x.each[0].unanswered > 5 {
		t.Errorf("%d requests of A and %d of ours failed, %d and 5 were in flight", x.a.unanswered, x.each[0].unanswered, inFlight)
	}
	for _, lost := range x.each[0].lost {
		if lost.replica != l.address(third, "5000") {
			t.Errorf("a request to %s failed, which was not removed: %v", lost.replica, lost.err)
		}
	}
	// What the others did not reply came from the third, which was asked for its counts just before.
	others := x.b["service-b-1"].plus(x.b["service-b-2"])
	rest := x.clients().replies.minus(others.replies)
	counted := servedFrom(s.outcomes("batcher_requests_total")).minus(d.counted["service-b-3"]).replies
	t.Logf("%s replied to %v; it had counted %v", third.name(), rest, counted)
	for _, kind := range kinds {
		if rest[kind] < 0 || rest[kind] < counted[kind]-inFlight-5 {
			t.Errorf("%s: B counted more than its clients received", kind)
		}
	}
	if others.canceled > 0 {
		t.Errorf("%d requests were canceled", others.canceled)
	}
}

// share asserts that two replicas share the load within 10 %: the requests that they serve, from now on and over some
// thousand of them. On a busy machine one may get more CPU than the other for long; then A's connections must be shared.
func (l *lab) share(t *testing.T, one, other string) {
	t.Helper()
	const enough, most = 2000, 30_000
	before := [2]scrape{l.scrapeB(t, one), l.scrapeB(t, other)}
	l.poll(t, one+" and "+other+" do not share the load", func() bool {
		now := [2]scrape{l.scrapeB(t, one), l.scrapeB(t, other)}
		const ok, descriptors = `batcher_requests_total{outcome="ok"}`, "process_open_fds"
		a, b := now[0][ok]-before[0][ok], now[1][ok]-before[1][ok]
		if min(a, b) < enough || !alike(a, b) && max(a, b) < most {
			return false
		}
		t.Logf("%s and %s served %.0f and %.0f requests, with %.0f and %.0f descriptors", one, other, a, b, now[0][descriptors], now[1][descriptors])
		return alike(a, b) || alike(now[0][descriptors], now[1][descriptors])
	})
}

func alike(a, b float64) bool { return max(a, b) <= 1.1*min(a, b) }

func (l *lab) scrapeB(t *testing.T, replica string) scrape {
	t.Helper()
	s, err := scrapeURL("http://" + l.address(l.replicas(t)[replica], "5001") + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (l *lab) restartAll(t *testing.T) {
	d := l.drill(t, &client{connections: 16})
	before := l.history(t)
	l.compose(t, "restart", "service-a", "service-b", "prometheus", "grafana", "node-exporter")
	d.succeeds(t)
	x := d.end(t)
	var b served
	for name := range x.b {
		first := lastWords(t, l.docker(t, "logs", l.named(name)))
		b = b.plus(first).minus(d.counted[name]).plus(x.b[name])
	}
	d.nothingLost(t, x, b)
	l.keeps(t, before)
	l.eventually(t, soon, fmt.Sprintf(`count(up == 1) == %d`, 3+len(x.b))) // A is stopped
}
