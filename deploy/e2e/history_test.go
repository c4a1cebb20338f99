//go:build e2e

package e2e

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"
)

// scraped is a series that Prometheus records at each scrape.
const scraped = `up{job="node"}`

// history is when Prometheus recorded something, as far as it knows.
func (l *lab) history(t *testing.T) (samples []float64) {
	t.Helper()
	var reply struct {
		Data struct {
			Result []struct{ Values [][2]any }
		}
	}
	l.poll(t, "Prometheus does not answer", func() bool {
		body, err := get(l.url + "/api/v1/query?query=" + url.QueryEscape(scraped+"[1h]"))
		return err == nil && json.Unmarshal(body, &reply) == nil
	})
	for _, series := range reply.Data.Result {
		for _, value := range series.Values {
			samples = append(samples, value[0].(float64))
		}
	}
	return samples
}

// keeps asserts that Prometheus still has all those samples.
func (l *lab) keeps(t *testing.T, before []float64) {
	t.Helper()
	now := map[float64]bool{}
	for _, at := range l.history(t) {
		now[at] = true
	}
	lost := 0
	for _, at := range before {
		if !now[at] {
			lost++
		}
	}
	t.Logf("Prometheus has %d samples, %d of those before", len(now), len(before)-lost)
	if lost > 0 || len(before) == 0 {
		t.Errorf("Prometheus lost %d of %d samples", lost, len(before))
	}
}

func (l *lab) killPrometheus(t *testing.T) {
	d := l.drill(t, &client{connections: 16})
	before := l.history(t)
	killed := time.Now()
	l.kill(t, "prometheus-1")
	l.poll(t, "Prometheus does not come back", func() bool { _, err := get(l.url + "/-/ready"); return err == nil })
	outage := time.Since(killed)
	resumed := l.resumes(t, killed)
	l.keeps(t, before)
	// The engine says how long it was away; the scrapes begin within one interval, or some on a busy machine.
	const interval, some = 1.0, 10
	gap := resumed - before[len(before)-1]
	t.Logf("away for %.1f s, a gap of %.1f s", outage.Seconds(), gap)
	if gap > outage.Seconds()+some*interval {
		t.Errorf("a gap of %.1f s, although it was away for %.1f s", gap, outage.Seconds())
	}
	d.undisturbed(t)
}

// resumes returns when Prometheus records again, and the first sample after that time.
func (l *lab) resumes(t *testing.T, after time.Time) (first float64) {
	t.Helper()
	l.poll(t, "Prometheus records nothing", func() bool {
		for _, at := range l.history(t) {
			if at > float64(after.UnixMilli())/1000 {
				first = at
				return true
			}
		}
		return false
	})
	return first
}

// undisturbed asserts that the load goes on, and that all of it was answered.
func (d *drill) undisturbed(t *testing.T) {
	t.Helper()
	d.succeeds(t)
	x := d.end(t)
	d.sameProcess(t)
	var b served
	for name := range x.b {
		b = b.plus(x.b[name])
	}
	d.nothingLost(t, x, b)
	if n := x.clients().unanswered; n > 0 {
		t.Errorf("%d requests have no reply", n)
	}
}

// fillVolume also shows a limit: Prometheus records again when there is space, but what it records then is lost when
// it is restarted, because the file broke off in the middle of a record.
func (l *lab) fillVolume(t *testing.T) {
	d := l.drill(t, &client{connections: 16})
	before := l.history(t)
	_, _ = l.run("exec", "-T", "ballast", "dd", "if=/dev/zero", "of=/prometheus/ballast", "bs=64k") // until there is no space
	l.poll(t, "Prometheus does not find its volume full", func() bool {
		s, err := scrapeURL(l.url + "/metrics")
		return err == nil && s["prometheus_tsdb_wal_writes_failed_total"] > 0
	})
	l.poll(t, "Prometheus shows old values as new ones", func() bool { return len(l.query(t, scraped)) == 0 })
	l.keeps(t, before)
	l.compose(t, "exec", "-T", "ballast", "rm", "/prometheus/ballast")
	l.resumes(t, time.Now())
	d.undisturbed(t)
	l.docker(t, "restart", l.named("prometheus-1"))
	l.resumes(t, time.Now())
	l.keeps(t, before)
}
