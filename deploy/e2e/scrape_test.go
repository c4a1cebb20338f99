//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scrape is what a service exports, by series: `batcher_requests_total{outcome="ok"}`.
type scrape map[string]float64

// scrapeURL reads /metrics directly, without Prometheus.
func scrapeURL(url string) (scrape, error) {
	text, err := get(url)
	s := scrape{}
	for line := range strings.Lines(string(text)) {
		series, value, ok := cutLast(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseFloat(value, 64); ok && err == nil && !strings.HasPrefix(line, "#") {
			s[series] = n
		}
	}
	return s, err
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func get(url string) ([]byte, error) {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(url + ": " + response.Status)
	}
	return body, err
}

// outcomes are the values of a counter by its label outcome.
func (s scrape) outcomes(counter string) map[string]int64 {
	all := map[string]int64{}
	for series, n := range s {
		if outcome, ok := strings.CutPrefix(series, counter+`{outcome="`); ok {
			all[strings.TrimSuffix(outcome, `"}`)] = int64(n)
		}
	}
	return all
}

// settled returns B's counts once no request is left in it.
func (l *lab) settled(t *testing.T, c container) served {
	t.Helper()
	for start, last := time.Now(), int64(-1); ; time.Sleep(100 * time.Millisecond) {
		s, err := scrapeURL("http://" + l.address(c, "5001") + "/metrics")
		now := servedFrom(s.outcomes("batcher_requests_total"))
		n := now.replies.total() + now.canceled
		if err == nil && n == last && s["batcher_queue_depth"] == 0 && s["batcher_ai_in_flight"] == 0 {
			return now
		}
		if last = n; time.Since(start) > time.Minute {
			t.Fatalf("%s does not come to rest: %v, %v requests wait (%v)", c.name(), now, s["batcher_queue_depth"], err)
		}
	}
}

var loggedCount = regexp.MustCompile(`\b(\w+)=(\d+)\b`)

// lastWords are the counts in the line that B logs when it stops.
func lastWords(t *testing.T, log string) served {
	t.Helper()
	outcomes := map[string]int64{}
	for line := range strings.Lines(log) {
		if strings.Contains(line, "msg=stopped") {
			for _, m := range loggedCount.FindAllStringSubmatch(line, -1) {
				outcomes[m[1]], _ = strconv.ParseInt(m[2], 10, 64)
			}
		}
	}
	if len(outcomes) == 0 {
		t.Fatalf("B did not say what it counted:\n%s", log)
	}
	return servedFrom(outcomes)
}

// report is what this package reads of one of service-a's reports.
type report struct {
	Requests map[string]int64
	Verdict  struct {
		Valid   bool
		Limit   string
		Reasons []string
	}
	B struct {
		Changes []struct{ Kind string }
	}
}

// reports are service-a's, by file.
func (l *lab) reports(t *testing.T) map[string]report {
	t.Helper()
	all := map[string]report{}
	for name, body := range l.reportFiles(t) {
		var r report
		if err := json.Unmarshal(body, &r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = r
	}
	return all
}

// reportFiles are service-a's reports as they are.
func (l *lab) reportFiles(t *testing.T) map[string][]byte {
	t.Helper()
	archive, err := exec.Command("docker", "cp", l.named("service-a-1")+":/reports", "-").Output()
	if err != nil {
		t.Fatalf("docker cp: %v", err)
	}
	all := map[string][]byte{}
	for files := tar.NewReader(bytes.NewReader(archive)); ; {
		file, err := files.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file.Name, ".json") {
			if all[file.Name], err = io.ReadAll(files); err != nil {
				t.Fatal(err)
			}
		}
	}
}
