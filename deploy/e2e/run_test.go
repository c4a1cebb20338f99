//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// runEnds, like the other parts of this file, begins after a stop: nothing of the lab is running.
func (l *lab) runEnds(t *testing.T) {
	l.set(t, map[string]string{"REQUESTS": "500", "WARMUP": "1s", "AFTER_RUN": "exit", "CONCURRENCY": "64", "BATCH_SIZE": "10"})
	l.compose(t, "up", "-d", "service-a")
	a := l.exited(t)
	if a.State.ExitCode != 0 || a.RestartCount != 0 {
		t.Errorf("service-a exited with status %d, and was restarted %d times", a.State.ExitCode, a.RestartCount)
	}
	dir := t.TempDir()
	l.compose(t, "cp", "service-a:/reports", dir)
	logs := l.compose(t, "logs", "--no-log-prefix", "service-a")
	name := regexp.MustCompile(`report: \S+/(run-\S+\.json)`).FindAllStringSubmatch(logs, -1)
	if name == nil {
		t.Fatalf("service-a names no report:\n%s", logs)
	}
	body, err := os.ReadFile(filepath.Join(dir, "reports", name[len(name)-1][1]))
	if err != nil {
		t.Fatal(err)
	}
	sentInReport(t, body, 500)
}

func sentInReport(t *testing.T, body []byte, want int64) {
	t.Helper()
	var report struct {
		Schema   string
		Requests map[string]int64
	}
	if err := json.Unmarshal(body, &report); err != nil || !strings.HasPrefix(report.Schema, "batchlab/run/") || report.Requests["sent"] != want {
		t.Errorf("schema %q, sent %d, want %d (%v)", report.Schema, report.Requests["sent"], want, err)
	}
}

// exited returns service-a's container when its run has ended, and has not begun again a moment later.
func (l *lab) exited(t *testing.T) container {
	t.Helper()
	for start := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		if a := l.containers(t)["service-a-1"]; a.State.Status == "exited" {
			time.Sleep(3 * time.Second)
			return l.containers(t)["service-a-1"]
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("the run does not end:\n%s", l.compose(t, "logs", "--tail", "30", "service-a"))
		}
	}
}

func (l *lab) failedRunEnds(t *testing.T) {
	l.set(t, map[string]string{"REQUESTS": "20", "WARMUP": "0s", "CONCURRENCY": "5"}) // no batch of 10 can fill
	l.compose(t, "up", "-d", "service-a")
	if a := l.exited(t); a.State.ExitCode != 1 || a.RestartCount != 0 || a.State.Status != "exited" {
		t.Errorf("service-a is %s with status %d, and was restarted %d times", a.State.Status, a.State.ExitCode, a.RestartCount)
	}
}

func (l *lab) finishedRunServes(t *testing.T) {
	l.set(t, map[string]string{"REQUESTS": "300", "CONCURRENCY": "64", "AFTER_RUN": "serve"})
	l.compose(t, "up", "-d", "--wait", "--wait-timeout", "120", "service-a")
	address := "http://" + strings.TrimSpace(l.compose(t, "port", "service-a", "5002")) + "/"
	var links [][]string
	for start := time.Now(); len(links) < 3; time.Sleep(200 * time.Millisecond) { // one of each run
		links = regexp.MustCompile(`href="(run-[^"]+\.json)"`).FindAllStringSubmatch(string(download(t, address)), -1)
		if time.Since(start) > time.Minute {
			t.Fatalf("%d reports at %s, want 3", len(links), address)
		}
	}
	sentInReport(t, download(t, address+links[0][1]), 300) // the latest comes first
	if a := l.containers(t)["service-a-1"]; a.State.Status != "running" || a.RestartCount != 0 {
		t.Errorf("service-a is %s, and was restarted %d times", a.State.Status, a.RestartCount)
	}
}

func download(t *testing.T, url string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s (%v)", url, response.Status, err)
	}
	return body
}

// B's call takes 13 s here: more than the 10 s that an engine grants by default.
func (l *lab) stopWaitsForReplies(t *testing.T) {
	l.set(t, map[string]string{
		"REQUESTS": "0", "CONCURRENCY": "1", "BATCH_SIZE": "1", "AI_TIMEOUT": "50s", "AI_BATCH_COST": "13s", "REQUEST_TIMEOUT": "60s",
	})
	l.compose(t, "up", "-d", "service-a")
	l.poll(t, "no request is on its way", func() bool { return l.scrapeB(t, firstB)["batcher_ai_in_flight"] > 0 })
	l.compose(t, "stop", "service-a")
	a := l.containers(t)["service-a-1"]
	if logs := l.compose(t, "logs", "--no-log-prefix", "--tail", "40", "service-a"); a.State.ExitCode == 137 || !strings.Contains(logs, "QPS: ") {
		t.Errorf("service-a ended with status %d, its summary is lost:\n%s", a.State.ExitCode, logs)
	}
}
