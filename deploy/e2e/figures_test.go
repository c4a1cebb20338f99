//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// figuresAgree looks at one steady lab for a while, from several sides at the same time.
func (l *lab) figuresAgree(t *testing.T) {
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"panels agree with each other", func(t *testing.T) { panelsAgree(t, &l.prometheus) }},
		{"top agrees", l.topAgrees},
		{"scrapes are on time under full load", l.scrapesAreOnTime},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(t)
		})
	}
}

// inOneWindow asserts that at least one of three windows shows no problem: the machine is shared, and
// others may disturb a single one.
func inOneWindow(t *testing.T, problems func() []string) {
	t.Helper()
	const windows = 3
	for n := 1; ; n++ {
		found := problems()
		if len(found) == 0 {
			return
		}
		t.Logf("window %d of %d:\n%s", n, windows, strings.Join(found, "\n"))
		if n == windows {
			t.Fatalf("no window of %d was without such problems", windows)
		}
	}
}

// Monitoring has the larger CPU weight: no scrape may be missed because A and B fill the CPU.
func (l *lab) scrapesAreOnTime(t *testing.T) {
	const seconds = 20
	inOneWindow(t, func() (late []string) {
		time.Sleep(seconds * time.Second)
		for _, s := range l.query(t, fmt.Sprintf(`sum_over_time(up[%ds])`, seconds)) {
			if s.number() < seconds-2 {
				late = append(late, fmt.Sprintf("%s was scraped %.0f times in %d s", s.Metric["job"], s.number(), seconds))
			}
		}
		t.Logf("host %.0f %% busy; slowest scrape %.0f ms",
			100*(1-l.value(t, `sum(mode:node_cpu_seconds:share5s{mode=~"idle|iowait"})`)),
			1000*l.value(t, fmt.Sprintf(`max(max_over_time(scrape_duration_seconds[%ds]))`, seconds)))
		return late
	})
}
