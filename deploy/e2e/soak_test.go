//go:build e2e

package e2e

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// CI soaks for two minutes, `make soak` for 15.
var soakTime = flag.Duration("soak", 2*time.Minute, "how long TestSoak loads the lab")

// TestSoak loads a lab lightly and for long, and in the end with as many connections as its memory must allow.
func TestSoak(t *testing.T) {
	t.Parallel()
	l := newLab(t, project+"-soak", "testdata/soak.yml")
	l.set(t, map[string]string{"RATE": "500", "CONCURRENCY": "20", "AI_MODEL": "noop", "BATCH_TIMEOUT": "100ms"})
	l.up(t, "--build", "service-b", "service-a")
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"B uses the processors of its quota", l.quotaIsUsed},
		{"nothing grows", l.nothingGrows},
		{"5,000 connections stay within the memory limit", l.manyConnections},
		{"the verdict knows the quota", l.quotaIsInTheVerdict},
	} {
		start := time.Now()
		t.Run(part.name, part.run)
		t.Logf("%.1f s: %s", time.Since(start).Seconds(), part.name)
	}
}

func (l *lab) nothingGrows(t *testing.T) {
	services := map[string]*growth{}
	ticker := time.NewTicker(2 * time.Second)
	defer ticker.Stop()
	for end := time.Now().Add(*soakTime); time.Now().Before(end); <-ticker.C {
		l.misuse(t)
		for name, c := range l.containers(t) {
			port := map[bool]string{true: "5001", false: "5002"}[c.is("service-b")]
			if services[name] == nil {
				services[name] = &growth{}
			}
			services[name].look(t, "http://"+l.address(c, port))
		}
	}
	for name, g := range services {
		for _, problem := range g.problems(t, name) {
			t.Error(problem)
		}
	}
	for name, c := range l.containers(t) {
		if c.RestartCount != 0 || c.State.Status != "running" {
			t.Errorf("%s: %d restarts, %s", name, c.RestartCount, c.State.Status)
		}
	}
}

// misuse sends B what a long life brings besides load: requests that it refuses, clients that go away, slow ones, and
// other settings.
func (l *lab) misuse(t *testing.T) {
	t.Helper()
	b := l.replicas(t)[firstB]
	const gone = `{"ts": 1700000000123, "url": "http://example.com/gone.png"}`
	for _, text := range []string{
		"POST /testB HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\n{}",
		fmt.Sprintf("POST /testB HTTP/1.1\r\nHost: b\r\nContent-Length: %d\r\n\r\n%s", 1<<20, gone),
		fmt.Sprintf("POST /testB HTTP/1.1\r\nHost: b\r\nContent-Length: %d\r\n\r\n%s", len(gone), gone), // and no look at the reply
		"GET /no-such-path HTTP/1.1\r\nHost: b\r\n\r\n",
		"no HTTP\r\n\r\n",
	} {
		for range 5 {
			l.say(t, l.address(b, "5000"), text)
		}
	}
	for _, timeout := range []string{"90ms", "100ms"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "http://"+l.address(b, "5001")+"/config",
			strings.NewReader(fmt.Sprintf(`{"batch_timeout": %q}`, timeout)))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
}

// say sends bytes and hangs up when it has the first of the reply, or after a moment.
func (l *lab) say(t *testing.T, address, text string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, soon)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text)                              // B may have closed it already
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond)) // cannot fail on an open connection
	_, _ = bufio.NewReader(conn).ReadByte()
}

// manyConnections sends the largest requests that B takes over as many connections as a user may have. A waits meanwhile.
func (l *lab) manyConnections(t *testing.T) {
	const connections = 5000
	l.docker(t, "stop", l.named("service-a-1"))
	began, b := time.Now(), l.replicas(t)[firstB]
	before := l.settled(t, b)
	c := &client{connections: connections, padding: strings.Repeat("x", 60_000), patience: soon, replicas: l.traffic()}
	c.start()
	var most float64
	l.poll(t, "B does not answer", func() bool {
		s, _ := scrapeURL("http://" + l.address(b, "5001") + "/metrics") // once more if it failed
		most = max(most, s["process_resident_memory_bytes"])
		now := c.account()
		return now.open == connections && now.replies.total() > 2*connections
	})
	x := account{each: []ledger{c.end()}, b: map[string]served{firstB: l.settled(t, b).minus(before)}}
	x.plausible(t)
	for _, problem := range unbalanced(x.b[firstB], x.clients()) {
		t.Error(problem)
	}
	t.Logf("B took at most %.0f of %d MB", most/1e6, b.HostConfig.Memory/1e6)
	if now := l.replicas(t)[firstB]; now.RestartCount != 0 || b.HostConfig.Memory != 1<<30 || l.outOfMemory(t, firstB, began) {
		t.Errorf("B was killed for its memory, %d bytes: %d restarts", b.HostConfig.Memory, now.RestartCount)
	}
}
