//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestFaults is one story: each part breaks something under full load, and says what is promised. The lab is
// well again when a part ends.
func TestFaults(t *testing.T) {
	t.Parallel()
	fullLoad.Lock()
	defer fullLoad.Unlock()
	l := newLab(t, project+"-faults", "testdata/faults.yml")
	l.set(t, map[string]string{"BATCH_TIMEOUT": "200ms"}) // for a quick end of each part, where batches stay short
	l.up(t, "--build", "prometheus", "grafana", "node-exporter", "service-b", "ballast")
	l.compose(t, "up", "--no-start", "service-a") // each part starts and stops it
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"B is killed: the engine restarts it, and A comes back within its back-off", l.killB},
		{"B has no memory left: the engine restarts it", l.exhaustB},
		{"B is replaced: every admitted request is answered", l.replaceB},
		{"B stands still for 3 s: every request is answered, or A stops waiting", l.pauseB},
		{"B is cut off for 3 s: it answers every request, and A comes back", l.cutOffB},
		{"one of three replicas is lost: only its requests fail, and the others share the load", l.loseReplica},
		{"Prometheus is killed: its history stays, and the load goes on", l.killPrometheus},
		{"Prometheus' volume is full: its history stays, and the load goes on", l.fillVolume},
		{"the whole lab restarts: it loses nothing that it admitted", l.restartAll},
	} {
		start := time.Now()
		if !t.Run(part.name, part.run) {
			return
		}
		t.Logf("%.1f s: %s", time.Since(start).Seconds(), part.name)
	}
}

const firstB = "service-b-1"

func (l *lab) killB(t *testing.T) {
	d := l.drill(t, &client{connections: 16})
	killed := time.Now()
	l.kill(t, firstB)
	d.restarted(t, firstB)
	d.succeeds(t)
	away := time.Since(killed)
	x := d.end(t)
	x.notices(t, "restarted", "away")
	if deaths := d.onlyTheDeadLost(t, x, firstB); deaths != 1 {
		t.Errorf("B was restarted %d times", deaths)
	}
	attempts := attemptsWithin(away)
	t.Logf("away for %.1f s: A may try %d times with each worker, and reports %d failures", away.Seconds(), attempts, x.a.unanswered)
	if most := int64(workersOfA * (1 + attempts)); x.a.unanswered > most {
		t.Errorf("A has %d failures: more than %d, so it does not back off", x.a.unanswered, most)
	}
}

// workersOfA is CONCURRENCY in .env.
const workersOfA = 127

// attemptsWithin is how often a worker of A may try to connect in that time: after 25 ms at the soonest, then 50 ms,
// and so on up to 750 ms.
func attemptsWithin(d time.Duration) (n int) {
	for wait := 25 * time.Millisecond; d > 0; wait = min(2*wait, 750*time.Millisecond) {
		d -= wait
		n++
	}
	return n
}

func TestAttemptsWithin(t *testing.T) {
	for d, want := range map[time.Duration]int{0: 0, 20 * time.Millisecond: 1, 100 * time.Millisecond: 3, 1500 * time.Millisecond: 6, 3 * time.Second: 8} {
		if got := attemptsWithin(d); got != want {
			t.Errorf("%d attempts within %v, want %d", got, d, want)
		}
	}
}

// exhaustB takes B's memory away: the kernel kills it when many large requests wait.
func (l *lab) exhaustB(t *testing.T) {
	d := l.drill(t, &client{connections: 16})
	b, s := l.replicas(t)[firstB], l.scrapeB(t, firstB)
	started := time.Now()
	l.limitMemory(t, firstB, int64(2*s["process_resident_memory_bytes"]))
	heavy := &client{connections: 1000, padding: strings.Repeat("x", 60_000), once: true}
	d.join(heavy)
	l.poll(t, "nothing killed B", func() bool { return l.outOfMemory(t, firstB, started) })
	l.limitMemory(t, firstB, b.HostConfig.Memory)
	heavy.end()
	d.restarted(t, firstB)
	d.succeeds(t)
	x := d.end(t)
	x.notices(t, "restarted", "away")
	deaths := d.onlyTheDeadLost(t, x, firstB) // more than one if the memory was given back late
	t.Logf("the kernel killed it %d times", deaths)
}

func (l *lab) limitMemory(t *testing.T, replica string, bytes int64) {
	t.Helper()
	l.docker(t, "update", "--memory", fmt.Sprint(bytes), "--memory-swap", fmt.Sprint(bytes), l.named(replica))
}

// outOfMemory reports whether the kernel has killed a process of the container for its memory.
func (l *lab) outOfMemory(t *testing.T, replica string, since time.Time) bool {
	t.Helper()
	return l.docker(t, "events", "--since", fmt.Sprint(since.Unix()), "--until", fmt.Sprint(time.Now().Unix()+1),
		"--filter", "container="+l.named(replica), "--filter", "event=oom") != ""
}

// kill sends SIGKILL as the kernel does. `docker kill` would count as a stop on purpose, after which the engine does
// not restart a container.
func (l *lab) kill(t *testing.T, name string) {
	t.Helper()
	c := l.containers(t)[name]
	l.docker(t, "run", "--rm", "--pid", "host", "--user", "0", "--network", "none", "--entrypoint", "sh",
		l.containers(t)["prometheus-1"].Config.Image, "-c", fmt.Sprintf("kill -KILL %d", c.State.Pid))
}

// restarted returns when the engine has restarted a replica.
func (d *drill) restarted(t *testing.T, replica string) {
	t.Helper()
	d.lab.poll(t, replica+" is not restarted", func() bool {
		all, err := d.lab.running("service-b")
		return err == nil && all[replica].RestartCount > d.before[replica].RestartCount
	})
}

// onlyTheDeadLost asserts that a process that died took only the requests in flight with it, and that the last one
// replied to every request that it admitted. It returns how often the replica died.
func (d *drill) onlyTheDeadLost(t *testing.T, x account, replica string) (deaths int) {
	t.Helper()
	b := d.lab.replicas(t)[replica]
	deaths = b.RestartCount - d.before[replica].RestartCount
	for i, c := range x.each {
		if len(c.lost) > deaths*d.clients[i].connections {
			t.Errorf("a client with %d connections lost %d replies in %d restarts", d.clients[i].connections, len(c.lost), deaths)
		}
		for _, lost := range c.lost {
			if lost.at.Before(d.began) {
				t.Errorf("a request had no reply before anything broke: %v", lost.err)
			}
		}
	}
	between, found := d.outage(x, b.State.StartedAt)
	if !found {
		t.Log("no reading fell into the outage, so the replies of the two processes cannot be told apart")
		return deaths
	}
	for _, problem := range unbalanced(x.b[replica], x.clients().minus(between.clients)) {
		t.Error(problem)
	}
	return deaths
}
