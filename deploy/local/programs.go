package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

func (l *lab) serviceB() *process {
	traffic, admin := l.ports.traffic, l.ports.bAdmin
	b := l.service("service-b", "SHUTDOWN_TIMEOUT", "LISTEN_ADDR="+traffic.address(), "ADMIN_ADDR="+admin.address())
	b.listens, b.ready = []port{traffic, admin}, admin.url()+"/readyz"
	return b
}

func (l *lab) serviceA() *process {
	dashboard := "none"
	if l.opts.grafana {
		dashboard = fmt.Sprintf("http://localhost:%d", l.ports.grafana.number)
	}
	a := l.service("service-a", "REQUEST_TIMEOUT",
		"ADMIN_ADDR="+l.ports.aAdmin.address(),
		"TARGET_URL="+l.ports.traffic.url()+"/testB",
		"TARGET_ADMIN_URL="+l.ports.bAdmin.url(),
		"DASHBOARD_URL="+dashboard)
	a.log, a.Stdout, a.Stderr, a.listens = "", l.stdout, l.stderr, []port{l.ports.aAdmin}
	return a
}

// service returns a service. Its grace period is the knob timeout plus ten seconds.
func (l *lab) service(name, timeout string, variables ...string) *process {
	own, _ := time.ParseDuration(l.knobs[timeout]) // 0 if it is unset or invalid
	return l.process(name, filepath.Join(l.root, "bin", name), own+10*time.Second, nil, variables...)
}

// monitoring returns what -prometheus and -grafana start, in order. Only addresses and paths differ from Docker.
func (l *lab) monitoring(ctx context.Context) ([]*process, error) {
	if !l.opts.prometheus {
		return nil, nil
	}
	project, err := l.compose.LoadProject(ctx)
	if err != nil {
		return nil, err
	}
	prometheus, err := l.prometheus(project.Services["prometheus"].Command)
	grafana, grafanaErr := l.grafana(project.Services["grafana"].Environment.ToMapping())
	if err := errors.Join(err, grafanaErr); err != nil {
		return nil, fmt.Errorf("%w\ninstall it, or use `docker compose up`, which brings its own", err)
	}
	targets := map[string]port{
		"service-a": l.ports.aAdmin, "service-b": l.ports.bAdmin, "prometheus": l.ports.prometheus,
	}
	exporter := l.nodeExporter(project.Services["node-exporter"].Command, targets)
	if l.opts.grafana {
		targets["grafana"] = l.ports.grafana
	}
	return slices.Concat(exporter, prometheus, grafana), l.configurePrometheus(targets)
}

// nodeExporter adds node_exporter to the targets if there is one. It returns it, unless it is already running.
func (l *lab) nodeExporter(flags []string, targets map[string]port) []*process {
	listens, path := l.ports.nodeExporter, cmp.Or(find("node_exporter"), find("prometheus-node-exporter"))
	exporter := l.process("node_exporter", path, 5*time.Second, append(flags, "--web.listen-address="+listens.address()))
	exporter.listens, exporter.ready = []port{listens}, listens.url()
	targets["node"] = listens
	if checkFree(exporter) != nil {
		l.say("the host's figures come from the node_exporter that already listens on %s", listens.address())
		return nil
	}
	if path == "" {
		l.say("node_exporter is not on PATH: the dashboard lacks the host's CPU")
		delete(targets, "node")
		return nil
	}
	return []*process{exporter}
}

func (l *lab) prometheus(flags []string) ([]*process, error) {
	path := find("prometheus")
	if path == "" {
		return nil, errors.New("prometheus is not on PATH")
	}
	flags = slices.DeleteFunc(flags, func(flag string) bool {
		return strings.HasPrefix(flag, "--config.file=") || strings.HasPrefix(flag, "--storage.tsdb.path=")
	})
	p := l.process("prometheus", path, 10*time.Second, append(flags,
		"--config.file="+filepath.Join(l.temp, "prometheus", "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(l.temp, "prometheus", "data"),
		"--web.listen-address="+l.ports.prometheus.address()))
	p.listens, p.ready = []port{l.ports.prometheus}, l.ports.prometheus.url()+"/-/ready"
	return []*process{p}, nil
}

// configurePrometheus copies the repository's configuration, with jobs-local.yml instead of jobs.yml, and writes
// a file with the target of each job.
func (l *lab) configurePrometheus(targets map[string]port) error {
	folder := filepath.Join(l.temp, "prometheus")
	errs := []error{
		os.CopyFS(folder, os.DirFS(filepath.Join(l.root, "prometheus"))),
		os.Rename(filepath.Join(folder, "jobs-local.yml"), filepath.Join(folder, "jobs.yml")),
		os.Mkdir(filepath.Join(folder, "targets"), 0o755),
	}
	for job, target := range targets {
		text := fmt.Appendf(nil, `[{"targets": [%q]}]`, target.address())
		errs = append(errs, os.WriteFile(filepath.Join(folder, "targets", job+".json"), text, 0o644))
	}
	return errors.Join(errs...)
}

// grafana returns Grafana, which reads its provisioning from the repository.
func (l *lab) grafana(variables types.Mapping) ([]*process, error) {
	if !l.opts.grafana {
		return nil, nil
	}
	command, home, err := findGrafana(l.knobs["GF_PATHS_HOME"])
	if err != nil {
		return nil, err
	}
	folder, dashboards := filepath.Join(l.temp, "grafana"), filepath.Join(l.root, "grafana", "dashboards")
	own := types.Mapping{
		"PROMETHEUS_URL":  l.ports.prometheus.url(),
		"DASHBOARDS_PATH": dashboards,
		"GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": filepath.Join(dashboards, "batchlab.json"),
		"GF_SERVER_HTTP_ADDR":                       "127.0.0.1",
		"GF_SERVER_HTTP_PORT":                       strconv.Itoa(l.ports.grafana.number),
		"GF_PATHS_PROVISIONING":                     filepath.Join(l.root, "grafana", "provisioning"),
		"GF_PATHS_DATA":                             folder,
		"GF_PATHS_LOGS":                             filepath.Join(folder, "log"),
		"GF_PATHS_PLUGINS":                          filepath.Join(folder, "plugins"),
	}
	args := append(command[1:], "--homepath", home)
	p := l.process("grafana", command[0], 10*time.Second, args, own.Merge(variables).Values()...)
	p.listens, p.ready = []port{l.ports.grafana}, l.ports.grafana.url()+"/api/health"
	return []*process{p}, nil
}

// findGrafana looks on PATH for grafana (10 and later) or grafana-server (before 10). Its home is GF_PATHS_HOME, or
// beside bin/ (the archive), in share/grafana (Homebrew) or in /usr/share/grafana (Debian and others).
func findGrafana(told string) (command []string, home string, err error) {
	found := cmp.Or(find("grafana"), find("grafana-server"))
	binary, err := filepath.EvalSymlinks(found)
	if found == "" || err != nil {
		return nil, "", errors.New("grafana is not on PATH")
	}
	command = []string{binary}
	if !strings.HasPrefix(filepath.Base(found), "grafana-server") {
		command = append(command, "server")
	}
	prefix := filepath.Dir(filepath.Dir(binary))
	for _, home := range []string{told, prefix, filepath.Join(prefix, "share", "grafana"), "/usr/share/grafana"} {
		if _, err := os.Stat(filepath.Join(home, "conf", "defaults.ini")); home != "" && err == nil {
			return command, home, nil
		}
	}
	return nil, "", fmt.Errorf("%s is on PATH: set GF_PATHS_HOME to the folder that has its conf/defaults.ini", found)
}

// find returns the path of a program on PATH; empty if there is none.
func find(program string) string {
	path, _ := exec.LookPath(program)
	return path
}
