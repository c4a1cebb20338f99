//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
)

// quotaIsUsed: AI_WORKERS=0 is one worker for each processor that B may use. Go's own threads are two at least.
func (l *lab) quotaIsUsed(t *testing.T) {
	s := l.scrapeB(t, firstB)
	for series, most := range map[string]float64{"go_sched_gomaxprocs_threads": 2, "batcher_ai_workers": 1} {
		if s[series] < 1 || s[series] > most {
			t.Errorf("%s is %v, want %v at most: B may use one processor", series, s[series], most)
		}
	}
}

// quotaIsInTheVerdict loads B fully: that it uses its quota is no reason to give it more workers.
func (l *lab) quotaIsInTheVerdict(t *testing.T) {
	old := l.reports(t)
	l.set(t, map[string]string{"RATE": "0", "CONCURRENCY": "127", "AI_MODEL": "simulated", "DURATION": "4s", "AFTER_RUN": "exit"})
	l.compose(t, "up", "-d", "service-b", "service-a")
	l.poll(t, "the run does not end", func() bool { return l.containers(t)["service-a-1"].State.Status == "exited" })
	var report report
	for name, r := range l.reports(t) {
		if _, seen := old[name]; !seen {
			report = r
		}
	}
	reasons := strings.Join(report.Verdict.Reasons, "\n")
	t.Logf("the limit is %s:\n%s", report.Verdict.Limit, reasons)
	if !slices.Contains([]string{"cpu", "others"}, report.Verdict.Limit) || strings.Contains(reasons, "raise") {
		t.Errorf("the limit is %q, want cpu, or others on a busy machine:\n%s", report.Verdict.Limit, reasons)
	}
}
