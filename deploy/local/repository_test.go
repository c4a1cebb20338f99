//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The repository's own files, which the lab reads, are as the lab expects them.
func TestOwnFiles(t *testing.T) {
	root, err := filepath.Abs("../..")
	must(t, err)
	dotEnv, err := readDotEnv(filepath.Join(root, ".env"), nil)
	must(t, err)
	ports, err := readPorts(dotEnv)
	must(t, err)
	services, err := readCompose(filepath.Join(root, "docker-compose.yml"), dotEnv)
	must(t, err)
	l := &lab{root: repository(root), temp: t.TempDir(), knobs: dotEnv, ports: ports}

	t.Run("prometheus", func(t *testing.T) {
		_, err := l.prometheusProgram("prometheus", services["prometheus"], l.scrapeTargets(true, true))
		must(t, err)
		config := readConfig(t, filepath.Join(l.temp, "prometheus.yml"))
		own := readConfig(t, filepath.Join(root, "prometheus", "prometheus.yml"))
		if len(config.Jobs) != len(own.Jobs) || len(own.Jobs) == 0 {
			t.Fatalf("%d jobs, want %d", len(config.Jobs), len(own.Jobs))
		}
		for i, job := range config.Jobs {
			if job.Name != own.Jobs[i].Name || len(job.Groups) != 1 || len(job.Groups[0].Targets) != 1 {
				t.Errorf("job %s: %+v", job.Name, job)
			}
		}
		for _, file := range config.RuleFiles {
			if _, err := os.Stat(file); err != nil {
				t.Error(err)
			}
		}
	})

	t.Run("grafana", func(t *testing.T) {
		grafana, err := l.grafanaProgram(grafanaInstall{command: []string{"grafana"}}, services["grafana"])
		must(t, err)
		home := grafana.env["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
		if _, err := os.Stat(home); err != nil || !strings.HasPrefix(home, root) {
			t.Errorf("the home dashboard: %q, %v", home, err)
		}
		provisioned := readAll(t, grafana.env["GF_PATHS_PROVISIONING"])
		for _, want := range []string{"url: " + ports.prometheus.url(), "path: " + filepath.Join(root, "grafana", "dashboards")} {
			if !strings.Contains(provisioned, want) {
				t.Errorf("provisioning lacks %q:\n%s", want, provisioned)
			}
		}
	})
}

func readConfig(t *testing.T, file string) (config prometheusConfig) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	must(t, yaml.Unmarshal(text, &config))
	return config
}

// readAll returns the text of all files below dir.
func readAll(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	must(t, filepath.WalkDir(dir, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		all.Write(text)
		return err
	}))
	return all.String()
}
