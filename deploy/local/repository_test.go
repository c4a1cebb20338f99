//go:build unix

package main

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"
)

// Without Docker, Prometheus runs with the same configuration and the same jobs: only where their targets come
// from differs.
func TestOwnPrometheus(t *testing.T) {
	l, prometheus, _ := ownMonitoring(t)
	here, own := filepath.Join(l.temp, "prometheus"), filepath.Join(l.root, "prometheus")
	for _, want := range []string{"--config.file=" + filepath.Join(here, "prometheus.yml"), "--query.lookback-delta=5s"} {
		if !slices.Contains(prometheus.Args, want) {
			t.Errorf("prometheus lacks %s: %q", want, prometheus.Args)
		}
	}
	for _, file := range []string{"prometheus.yml", "rules.yml"} {
		if got := readText(t, filepath.Join(here, file)); got == "" || got != readText(t, filepath.Join(own, file)) {
			t.Errorf("%s is not the repository's own", file)
		}
	}
	var config struct {
		Rules []string `yaml:"rule_files"`
		Jobs  []string `yaml:"scrape_config_files"`
	}
	must(t, yaml.Unmarshal([]byte(readText(t, filepath.Join(here, "prometheus.yml"))), &config))
	if !slices.Equal(config.Rules, []string{"rules.yml"}) || !slices.Equal(config.Jobs, []string{"jobs.yml"}) {
		t.Errorf("prometheus reads the rules %q and the jobs %q", config.Rules, config.Jobs)
	}

	jobs, files := readJobs(t, filepath.Join(here, "jobs.yml"))
	ownJobs, _ := readJobs(t, filepath.Join(own, "jobs.yml"))
	if !reflect.DeepEqual(jobs, ownJobs) {
		t.Errorf("the jobs are\n%v\nwithout Docker, and\n%v\nin Docker", jobs, ownJobs)
	}
	for i, job := range jobs {
		file := "targets/" + job["job_name"].(string) + ".json"
		if !slices.Equal(files[i], []string{file}) || !strings.Contains(readText(t, filepath.Join(here, file)), "127.0.0.1:") {
			t.Errorf("job %s has its targets from %q", job["job_name"], files[i])
		}
	}
}

// Without Docker, Grafana gets the same variables, but no address and no path that is only known in the container.
func TestOwnGrafana(t *testing.T) {
	l, _, grafana := ownMonitoring(t)
	project, err := l.compose.LoadProject(t.Context())
	must(t, err)
	inDocker, here := project.Services["grafana"].Environment.ToMapping(), types.NewMapping(grafana.Env)
	for name, value := range inDocker {
		if own := here[name]; strings.Contains(own, "/etc/grafana") || strings.Contains(own, "//prometheus") || own == "" && value != "" {
			t.Errorf("grafana has %s=%q", name, own)
		}
	}
	if info, err := os.Stat(here["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the home dashboard: %v", err)
	}
	var expanded []string
	must(t, filepath.WalkDir(here["GF_PATHS_PROVISIONING"], func(file string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			for _, m := range regexp.MustCompile(`: \$\{(\w+)\}`).FindAllStringSubmatch(readText(t, file), -1) {
				expanded = append(expanded, m[1])
			}
		}
		return err
	}))
	slices.Sort(expanded)
	if want := []string{"DASHBOARDS_PATH", "PROMETHEUS_URL"}; !slices.Equal(expanded, want) {
		t.Errorf("provisioning takes the variables %q, want %q", expanded, want)
	}
	for _, name := range expanded {
		if inDocker[name] == "" || here[name] == "" {
			t.Errorf("%s is %q in Docker and %q here", name, inDocker[name], here[name])
		}
	}
}

// ownMonitoring prepares Prometheus and Grafana for the repository that this test is in, and starts neither.
func ownMonitoring(t *testing.T) (l *lab, prometheus, grafana *process) {
	t.Helper()
	l = &lab{opts: options{prometheus: true, grafana: true}, environ: os.Environ(), kill: t.Context(), stderr: t.Output()}
	must(t, l.configure(t.Context()))
	t.Cleanup(l.end)
	dir := t.TempDir()
	for _, program := range []string{"prometheus", "node_exporter", "grafana"} {
		touch(t, filepath.Join(dir, program), 0o755)
	}
	touch(t, filepath.Join(dir, "conf", "defaults.ini"), 0o644)
	t.Setenv("PATH", dir)
	l.knobs["GF_PATHS_HOME"] = dir
	monitoring, err := l.monitoring(t.Context())
	must(t, err)
	return l, monitoring[len(monitoring)-2], monitoring[len(monitoring)-1]
}

// readJobs returns the scrape jobs in file without their targets, and the files that those of each come from.
func readJobs(t *testing.T, file string) (jobs []map[string]any, files [][]string) {
	t.Helper()
	var config struct {
		Jobs []map[string]any `yaml:"scrape_configs"`
	}
	var found struct {
		Jobs []struct {
			Files []struct{ Files []string } `yaml:"file_sd_configs"`
		} `yaml:"scrape_configs"`
	}
	text := []byte(readText(t, file))
	must(t, yaml.Unmarshal(text, &config))
	must(t, yaml.Unmarshal(text, &found))
	for i, job := range config.Jobs {
		maps.DeleteFunc(job, func(key string, _ any) bool { return key == "static_configs" || strings.HasSuffix(key, "_sd_configs") })
		var all []string
		for _, f := range found.Jobs[i].Files {
			all = append(all, f.Files...)
		}
		files = append(files, all)
	}
	if len(config.Jobs) == 0 {
		t.Fatalf("no jobs in %s", file)
	}
	return config.Jobs, files
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	return string(text)
}
