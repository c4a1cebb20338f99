//go:build unix

package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// path returns a PATH variable that leads to go and to stand-ins with the given names.
func (l *labProcess) path(names ...string) string {
	l.t.Helper()
	bin := l.t.TempDir()
	found, err := exec.LookPath("go")
	must(l.t, err)
	must(l.t, os.Symlink(found, filepath.Join(bin, "go")))
	for _, name := range names {
		build := exec.Command("go", "build", "-o", filepath.Join(bin, name), "./monitoring")
		build.Dir = l.repo
		if out, err := build.CombinedOutput(); err != nil {
			l.t.Fatalf("%v\n%s", err, out)
		}
	}
	return "PATH=" + bin
}

func TestNotOnPath(t *testing.T) {
	tests := []struct {
		flag string
		path []string
		want []string
	}{
		{"-prometheus", nil, []string{"prometheus is not on PATH"}},
		{"-grafana", nil, []string{"prometheus is not on PATH", "grafana is not on PATH"}},
		{"-grafana", []string{"prometheus"}, []string{"grafana is not on PATH"}},
		{"-grafana", []string{"prometheus", "grafana-server"}, []string{"conf/defaults.ini", "GF_PATHS_HOME"}},
	}
	for _, tt := range tests {
		l := newLab(t, []string{tt.flag})
		l.cmd.Env = append(l.cmd.Env, l.path(tt.path...))
		l.wantStatus(l.run(), 2)
		l.wantStderr(tt.want...)
		l.wantStderr("docker compose up", "nothing was started")
		if l.kept("events") != "" || strings.Contains(l.kept("stderr"), "go build") {
			t.Errorf("something was started: %s", l.kept("stderr"))
		}
	}
}

// The monitoring starts before the services and ends after them, with the repository's own configuration.
func TestPrometheusAndGrafana(t *testing.T) {
	home := t.TempDir()
	touch(t, filepath.Join(home, "conf", "defaults.ini"), 0o644)
	l := newLab(t, []string{"-grafana"}, "FAKE_A=exit 0", "GF_PATHS_HOME="+home, "LOOKBACK=9s")
	l.cmd.Env = append(l.cmd.Env, l.path("node_exporter", "prometheus", "grafana"))
	l.wantStatus(l.run(), 0)
	l.wantEvents(
		"node_exporter: started",
		"prometheus: started",
		"grafana: started",
		"service-b: started",
		"service-a: started, service-b is ready: true",
		"service-b: terminated",
		"grafana: terminated",
		"prometheus: terminated",
		"node_exporter: terminated",
	)
	l.wantNothingLeft()

	if got, want := l.kept("node_exporter.args"), "--collector.cpu\n--web.listen-address="+l.address("NODE_EXPORTER_PORT"); got != want {
		t.Errorf("node_exporter got %q, want %q", got, want)
	}
	args := strings.Split(l.kept("prometheus.args"), "\n")
	for _, want := range []string{"--query.lookback-delta=9s", "--web.listen-address=" + l.address("PROMETHEUS_PORT")} {
		if !slices.Contains(args, want) {
			t.Errorf("prometheus lacks %s: %s", want, args)
		}
	}
	if len(args) != 4 || strings.Contains(l.kept("prometheus.args"), "/etc/") {
		t.Errorf("prometheus got %q", args)
	}
	if jobs := l.kept("prometheus/jobs.yml"); jobs != "# the jobs without Docker\n" || l.kept("prometheus/rules.yml") != "groups: []\n" {
		t.Errorf("prometheus has the jobs %q and the rules %q", jobs, l.kept("prometheus/rules.yml"))
	}
	l.wantTargets(map[string]string{
		"service-a": "SERVICE_A_ADMIN_PORTS", "service-b": "SERVICE_B_ADMIN_PORTS",
		"node": "NODE_EXPORTER_PORT", "prometheus": "PROMETHEUS_PORT", "grafana": "GRAFANA_PORT",
	})

	repo, err := filepath.EvalSymlinks(l.repo) // as go reports it
	must(t, err)
	l.wantVariables("grafana", types.Mapping{
		"GF_AUTH_ANONYMOUS_ENABLED":                 "true",
		"GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": filepath.Join(repo, "grafana", "dashboards", "batchlab.json"),
		"GF_SERVER_ROOT_URL":                        "http://localhost:" + l.ports["GRAFANA_PORT"] + "/",
		"GF_SERVER_HTTP_ADDR":                       "127.0.0.1",
		"GF_PATHS_PROVISIONING":                     filepath.Join(repo, "grafana", "provisioning"),
		"DASHBOARDS_PATH":                           filepath.Join(repo, "grafana", "dashboards"),
		"PROMETHEUS_URL":                            "http://" + l.address("PROMETHEUS_PORT"),
	})
	if got := l.kept("grafana.args"); got != "server\n--homepath\n"+home {
		t.Errorf("grafana got %q", got)
	}
	l.wantVariables("service-a", types.Mapping{"DASHBOARD_URL": "http://localhost:" + l.ports["GRAFANA_PORT"]})
}

// A program that does not run is no target.
func TestPrometheusAlone(t *testing.T) {
	l := newLab(t, []string{"-prometheus"}, "FAKE_A=exit 0")
	l.cmd.Env = append(l.cmd.Env, l.path("prometheus"))
	l.wantStatus(l.run(), 0)
	l.wantStderr("node_exporter is not on PATH")
	l.wantTargets(map[string]string{
		"service-a": "SERVICE_A_ADMIN_PORTS", "service-b": "SERVICE_B_ADMIN_PORTS", "prometheus": "PROMETHEUS_PORT",
	})
	l.wantVariables("service-a", types.Mapping{"DASHBOARD_URL": "none"})
}

func TestNodeExporterThatAlreadyRuns(t *testing.T) {
	l := newLab(t, []string{"-prometheus"}, "FAKE_A=exit 0")
	listener, err := net.Listen("tcp", l.address("NODE_EXPORTER_PORT"))
	must(t, err)
	defer func() { must(t, listener.Close()) }()
	l.cmd.Env = append(l.cmd.Env, l.path("prometheus", "node_exporter"))
	l.wantStatus(l.run(), 0)
	l.wantStderr("already listens on " + l.address("NODE_EXPORTER_PORT"))
	l.wantTargets(map[string]string{
		"service-a": "SERVICE_A_ADMIN_PORTS", "service-b": "SERVICE_B_ADMIN_PORTS", "node": "NODE_EXPORTER_PORT", "prometheus": "PROMETHEUS_PORT",
	})
	if l.kept("node_exporter.args") != "" {
		t.Error("node_exporter was started as well")
	}
}

func (l *labProcess) address(variable string) string { return "127.0.0.1:" + l.ports[variable] }

// wantTargets compares the targets of Prometheus, by job, with the ports of the variables given.
func (l *labProcess) wantTargets(want map[string]string) {
	l.t.Helper()
	files, err := filepath.Glob(filepath.Join(l.dir, "prometheus", "targets", "*"))
	must(l.t, err)
	if len(files) != len(want) {
		l.t.Errorf("the targets are %q, want %v", files, want)
	}
	for job, variable := range want {
		text := l.kept("prometheus/targets/" + job + ".json")
		var groups []struct{ Targets []string }
		if err := json.Unmarshal([]byte(text), &groups); err != nil || len(groups) != 1 || !slices.Equal(groups[0].Targets, []string{l.address(variable)}) {
			l.t.Errorf("the target of %s is %q, %v; want %s", job, text, err, l.address(variable))
		}
	}
}

func TestFindGrafana(t *testing.T) {
	tests := []struct {
		name, binary, home string
		variable           bool // GF_PATHS_HOME gives the home
		want               []string
	}{
		{"the archive", "opt/grafana/bin/grafana", "opt/grafana", false, []string{"server"}},
		{"Homebrew", "cellar/grafana/13/bin/grafana", "cellar/grafana/13/share/grafana", false, []string{"server"}},
		{"before Grafana 10", "opt/grafana/bin/grafana-server", "opt/grafana", false, nil},
		{"elsewhere", "usr/bin/grafana", "data/home", true, []string{"server"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root, err := filepath.EvalSymlinks(t.TempDir())
			must(t, err)
			binary, home := filepath.Join(root, tt.binary), filepath.Join(root, tt.home)
			touch(t, binary, 0o755)
			touch(t, filepath.Join(home, "conf", "defaults.ini"), 0o644)
			link := filepath.Join(root, "path", filepath.Base(binary))
			must(t, os.Mkdir(filepath.Dir(link), 0o755))
			must(t, os.Symlink(binary, link))
			t.Setenv("PATH", filepath.Dir(link))
			told := ""
			if tt.variable {
				told = home
			}
			command, gotHome, err := findGrafana(told)
			if want := append([]string{binary}, tt.want...); err != nil || gotHome != home || !slices.Equal(command, want) {
				t.Errorf("got %v at %s, %v; want %v at %s", command, gotHome, err, want, home)
			}
		})
	}
}

func touch(t *testing.T, file string, mode os.FileMode) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, nil, mode))
}
