//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLab is one story: each part continues with the lab as the part before left it.
func TestLab(t *testing.T) {
	l := newLab(t, project)
	l.up(t, "--build")
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"every target is up", l.everyTargetIsUp},
		{"requests succeed", l.requestsSucceed},
		{"containers are confined", l.containersAreConfined},
		{"nothing but the project is touched", l.networkIsItsOwn},
		{"the host's CPU is seen from a container", l.hostCPUIsSeen},
		{"rules hold in the running Prometheus", l.rulesHold},
		{"every panel has plausible data", func(t *testing.T) { panelsHaveData(t, &l.prometheus) }},
		{"every mark has data", func(t *testing.T) { marksHaveData(t, &l.prometheus) }},
		{"the same figures everywhere", l.figuresAgree},
		{"Grafana opens on the dashboard", l.grafanaOpensOnTheDashboard},
		{"a hole is no fact", l.holeIsNoFact},
		{"another BATCH_SIZE touches service-b alone", l.changeBatchSize},
		{"PATCH /config is a mark on the dashboard", l.patchConfig},
		{"another CONCURRENCY touches service-a alone", l.changeConcurrency},
		{"replicas are found and used", l.scale},
		{"nothing restarted by itself", l.nothingRestarted},
		{"a stop is orderly", l.stopIsOrderly},
		{"a run with an end leaves a report, and stays ended", l.runEnds},
		{"a run that fails stays ended too", l.failedRunEnds},
		{"a finished run serves its report", l.finishedRunServes},
		{"a stop waits for slow replies", l.stopWaitsForReplies},
	} {
		if !t.Run(part.name, part.run) {
			return
		}
	}
}

func (l *lab) everyTargetIsUp(t *testing.T) {
	took := l.eventually(t, 30*time.Second, `count(up == 1) == 5 unless count(up == 0)`)
	t.Logf("all five after %v", took)
}

func (l *lab) requestsSucceed(t *testing.T) {
	qps := func(job string) string {
		return fmt.Sprintf(`sum(job_instance_outcome:requests:rate5s{job=%q, outcome="ok"})`, job)
	}
	a, b := qps("service-a"), qps("service-b")
	l.eventually(t, 30*time.Second, a+" > 0")
	l.eventually(t, 30*time.Second, b+" > 0")
	l.eventually(t, 30*time.Second, fmt.Sprintf("abs(%s / %s - 1) < 0.1", a, b))
	t.Logf("QPS: %.0f by service-a, %.0f by service-b", l.value(t, a), l.value(t, b))
	address := "http://localhost:" + l.knobs["GRAFANA_PORT"]
	if logs := l.compose(t, "logs", "--no-log-prefix", "service-a"); !strings.Contains(logs, address) {
		t.Errorf("service-a does not say that the dashboard is at %s:\n%s", address, logs)
	}
}

func (l *lab) containersAreConfined(t *testing.T) {
	for name, c := range l.containers(t) {
		check := func(ok bool, what string) {
			if !ok {
				t.Errorf("%s %s", name, what)
			}
		}
		user, _, _ := strings.Cut(c.Config.User, ":")
		check(user != "" && user != "0" && user != "root", "runs as root")
		check(c.HostConfig.ReadonlyRootfs, "can write its root file system")
		check(!c.HostConfig.Privileged, "is privileged")
		check(slices.Equal(c.HostConfig.CapDrop, []string{"ALL"}) && len(c.HostConfig.CapAdd) == 0, "has capabilities")
		check(slices.Contains(c.HostConfig.SecurityOpt, "no-new-privileges:true"), "may gain privileges")
		check(c.HostConfig.Memory > 0, "has no memory limit")
		check(c.HostConfig.RestartPolicy.Name == "on-failure" || c.is("service-a"), "has another restart policy than on-failure")
		check(c.HostConfig.LogConfig.Config["max-size"] != "", "logs without end")
		for port, bindings := range c.NetworkSettings.Ports {
			for _, b := range bindings {
				check(b.HostIP == "127.0.0.1", "opens "+port+" on "+b.HostIP)
			}
		}
		if c.is("node-exporter") {
			check(len(c.Mounts) == 0, "has mounts")
		}
		if service := c.Config.Labels["com.docker.compose.service"]; strings.HasPrefix(service, "service-") {
			check(slices.Equal(c.Config.Entrypoint, []string{"/" + service}), "is not what top calls "+service)
		}
	}
}

func (l *lab) networkIsItsOwn(t *testing.T) {
	for name, c := range l.containers(t) {
		if networks := slices.Collect(maps.Keys(c.NetworkSettings.Networks)); !slices.Equal(networks, []string{l.project + "_lab"}) {
			t.Errorf("%s is on %v", name, networks)
		}
	}
}

func (l *lab) hostCPUIsSeen(t *testing.T) {
	out, err := exec.Command("docker", "info", "--format", "{{.NCPU}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	cores := strings.TrimSpace(string(out))
	l.eventually(t, 10*time.Second, `count(node_cpu_seconds_total{mode="idle"}) == `+cores)
	l.eventually(t, 10*time.Second, `abs(sum(mode:node_cpu_seconds:share5s) - 1) < 0.001`)
	t.Logf("%s cores, %.0f %% busy", cores, 100*(1-l.value(t, `sum(mode:node_cpu_seconds:share5s{mode=~"idle|iowait"})`)))
}

func (l *lab) rulesHold(t *testing.T) {
	l.compose(t, "exec", "-T", "prometheus", "promtool", "check", "config", "/etc/prometheus/prometheus.yml")
	if firing := l.query(t, `ALERTS{alertstate="firing"}`); len(firing) > 0 {
		t.Errorf("firing: %v", firing)
	}
}

// A Prometheus without CPU leaves a gap. The dashboard must show no data there, and count it.
func (l *lab) holeIsNoFact(t *testing.T) {
	l.compose(t, "pause", "prometheus")
	time.Sleep(10 * time.Second)
	hole := prometheus{url: l.url, at: time.Now().Add(-time.Second)}
	l.compose(t, "unpause", "prometheus")
	l.eventually(t, 20*time.Second, `min(job_instance:scrapes_missed:count10s) >= 5`)
	for _, q := range panelQueries(t) {
		wholeRange := strings.Contains(q.expr, "$__range]")
		if samples := hole.query(t, interpolate(q.expr, "4s")); len(samples) > 0 && !wholeRange {
			t.Errorf("%s shows %v in the middle of a hole", q.name(), samples)
		}
	}
	took := l.eventually(t, 30*time.Second, `max(job_instance:scrapes_missed:count10s) == 0`)
	t.Logf("nothing was shown in the hole; the last missed scrape was forgotten %v later", took)
}

func (l *lab) changeBatchSize(t *testing.T) {
	before := l.containers(t)
	l.set(t, map[string]string{"BATCH_SIZE": "20"})
	l.up(t)
	l.onlyRecreated(t, before, "service-b")
	l.eventually(t, 20*time.Second, `min(batcher_batch_size_configured) == 20`)
	l.marked(t, "service-b changes", "batch_size", "20")
	l.loadGoesOn(t)
}

func (l *lab) patchConfig(t *testing.T) {
	address := strings.TrimSpace(l.compose(t, "port", "service-b", "5001"))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "http://"+address+"/config", strings.NewReader(`{"batch_timeout": "900ms"}`))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	l.marked(t, "service-b changes", "batch_timeout", "900ms")
}

// marked asserts that a change of a knob just now is a mark on the dashboard, with the new value.
func (l *lab) marked(t *testing.T, annotation, knob, value string) {
	t.Helper()
	mark := fmt.Sprintf(`(%s) > %d and on (%s) label_replace(vector(1), %[3]q, %q, "", "")`,
		annotationExpr(t, annotation), time.Now().Add(-time.Minute).UnixMilli(), knob, value)
	took := l.eventually(t, 10*time.Second, mark)
	at := time.UnixMilli(int64(l.value(t, mark)))
	t.Logf("the mark of %s=%s is at %s, there within %v", knob, value, at.Format("15:04:05.000"), took)
}

func (l *lab) changeConcurrency(t *testing.T) {
	before := l.containers(t)
	l.set(t, map[string]string{"CONCURRENCY": "64"})
	l.up(t)
	l.onlyRecreated(t, before, "service-a")
	l.eventually(t, 20*time.Second, `min(loadgen_concurrency) == 64`)
	l.marked(t, "service-a changes", "concurrency", "64")
	l.loadGoesOn(t)
}

// onlyRecreated asserts that all containers but those of one service are the same, and running since.
func (l *lab) onlyRecreated(t *testing.T, before map[string]container, service string) {
	t.Helper()
	for name, now := range l.containers(t) {
		was := before[name]
		same := was.ID == now.ID && was.State.StartedAt.Equal(now.State.StartedAt)
		if same == now.is(service) {
			t.Errorf("%s: same container as before: %v", name, same)
		}
	}
}

// loadGoesOn asserts that requests succeed from now on: a counter that rises, not a rate that remembers.
func (l *lab) loadGoesOn(t *testing.T) {
	t.Helper()
	const succeeded = `sum(loadgen_requests_total{outcome="ok"})`
	l.eventually(t, 20*time.Second, succeeded+" > 0")
	mark := l.value(t, succeeded)
	took := l.eventually(t, 30*time.Second, fmt.Sprintf(`%s > %f`, succeeded, mark+100))
	t.Logf("100 further requests succeeded within %v", took)
}

func (l *lab) scale(t *testing.T) {
	l.up(t, "--no-recreate", "--scale", "service-b=3", "--scale", "service-a=2")
	found := l.eventually(t, 30*time.Second, `count(up{job="service-b"} == 1) == 3 and count(up{job="service-a"} == 1) == 2`)
	used := l.eventually(t, 60*time.Second, `count(rate(batcher_requests_total{outcome="ok"}[5s]) > 0) == 3`)
	l.eventually(t, 30*time.Second, `count(rate(loadgen_requests_total{outcome="ok"}[5s]) > 0) == 2`)
	l.eventually(t, 30*time.Second, `count(instance:qps:ceiling5s > 0) == 3`)
	panelsHaveData(t, &l.prometheus)
	t.Logf("replicas found after %v, all three serve %v later", found, used)
	for _, s := range l.query(t, `rate(batcher_requests_total{outcome="ok"}[5s])`) {
		t.Logf("%s: %.0f requests/s", s.Metric["instance"], s.number())
	}
}

func (l *lab) nothingRestarted(t *testing.T) {
	for name, c := range l.containers(t) {
		if c.RestartCount != 0 || c.State.Status != "running" || c.State.Health.Status != "healthy" {
			t.Errorf("%s: %d restarts, %s, %s", name, c.RestartCount, c.State.Status, c.State.Health.Status)
		}
	}
}

func (l *lab) stopIsOrderly(t *testing.T) {
	start := time.Now()
	l.compose(t, "stop")
	t.Logf("stopped in %v", time.Since(start).Round(100*time.Millisecond))
	for name, c := range l.containers(t) {
		// A's run is INVALID (3), because B got replicas meanwhile; an A that came with them may have missed that.
		if orderly := c.State.ExitCode == 0 || c.is("service-a") && c.State.ExitCode == 3; strings.HasPrefix(name, "service-") && !orderly {
			t.Errorf("%s ended with status %d:\n%s", name, c.State.ExitCode, l.compose(t, "logs", "--tail", "20", strings.TrimSuffix(name, name[len(name)-2:])))
		}
	}
	if logs := l.compose(t, "logs", "--no-log-prefix", "service-a"); !strings.Contains(logs, "mean ts_diff") {
		t.Errorf("service-a printed no summary:\n%s", logs)
	}
}
