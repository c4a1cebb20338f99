//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// path returns a PATH variable that leads to go, and to stand-ins under the names given.
func (l *labProcess) path(names ...string) string {
	l.t.Helper()
	bin := l.t.TempDir()
	found, err := exec.LookPath("go")
	must(l.t, err)
	must(l.t, os.Symlink(found, filepath.Join(bin, "go")))
	for _, name := range names {
		build := exec.Command("go", "build", "-o", filepath.Join(bin, name), "./watcher")
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

// Who watches is there before the services and after them, with the repository's own configuration.
func TestPrometheusAndGrafana(t *testing.T) {
	home := t.TempDir()
	touch(t, filepath.Join(home, "conf", "defaults.ini"), 0o644)
	l := newLab(t, []string{"-grafana"}, "FAKE_A=exit 0", "GF_PATHS_HOME="+home, "RETENTION=1GB")
	l.cmd.Env = append(l.cmd.Env, l.path("prometheus", "grafana"))
	l.wantStatus(l.run(), 0)
	l.wantEvents(
		"prometheus: started",
		"grafana: started",
		"service-b: started",
		"service-a: started, service-b is ready: true",
		"service-b: terminated",
		"grafana: terminated",
		"prometheus: terminated",
	)
	l.wantNothingLeft()
	prometheus, grafana := "127.0.0.1:"+l.ports["PROMETHEUS_PORT"], "127.0.0.1:"+l.ports["GRAFANA_PORT"]

	args := l.kept("prometheus.args")
	for _, want := range []string{"--storage.tsdb.retention.size=1GB", "--web.listen-address=" + prometheus} {
		if !strings.Contains(args, want) {
			t.Errorf("prometheus lacks %s: %s", want, args)
		}
	}
	if strings.Contains(args, "/etc/prometheus") || strings.Contains(args, "=/prometheus\n") {
		t.Errorf("prometheus is told of a path in the container: %s", args)
	}
	for _, target := range []string{
		"127.0.0.1:" + l.ports["SERVICE_A_ADMIN_PORT"], "127.0.0.1:" + l.ports["SERVICE_B_ADMIN_PORTS"], prometheus, grafana,
	} {
		if !strings.Contains(l.kept("prometheus.yml"), "- "+target+"\n") {
			t.Errorf("prometheus does not scrape %s:\n%s", target, l.kept("prometheus.yml"))
		}
	}

	l.wantVariables("grafana", environment{
		"GF_AUTH_ANONYMOUS_ENABLED":                 "true",
		"GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": filepath.Join(l.realRepo(), "grafana", "dashboards", "lab.json"),
		"GF_SERVER_ROOT_URL":                        "http://localhost:" + l.ports["GRAFANA_PORT"] + "/",
		"GF_SERVER_HTTP_ADDR":                       "127.0.0.1",
	})
	l.wantYAML("provisioning/datasources/prometheus.yml", `{apiVersion: 1, datasources: [
		{name: Prometheus, type: prometheus, uid: prometheus, url: "http://`+prometheus+`", jsonData: {timeInterval: 1s}}]}`)
	l.wantYAML("provisioning/dashboards/lab.yml", `{apiVersion: 1, providers: [
		{name: lab, options: {path: `+filepath.Join(l.realRepo(), "grafana", "dashboards")+`}}]}`)
	if got := l.kept("grafana.args"); got != "server\n--homepath\n"+home {
		t.Errorf("grafana got %q", got)
	}
	l.wantVariables("service-a", environment{"DASHBOARD_URL": "http://localhost:" + l.ports["GRAFANA_PORT"]})
}

// realRepo is how the lab itself, which asks go, calls the repository.
func (l *labProcess) realRepo() string {
	repo, err := filepath.EvalSymlinks(l.repo)
	must(l.t, err)
	return repo
}

func (l *labProcess) wantYAML(name, want string) {
	l.t.Helper()
	if got, want := canonical(l.t, l.kept(name)), canonical(l.t, want); got != want {
		l.t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
	}
}

func TestFindGrafana(t *testing.T) {
	tests := []struct {
		name, binary, home string
		variable           bool // the home is told by GF_PATHS_HOME
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
			got, err := findGrafana(told)
			if want := append([]string{binary}, tt.want...); err != nil || got.home != home || strings.Join(got.command, " ") != strings.Join(want, " ") {
				t.Errorf("got %+v, %v; want %v at %s", got, err, want, home)
			}
		})
	}
}

func touch(t *testing.T, file string, mode os.FileMode) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, nil, mode))
}
