package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// grafanaInstall is a Grafana as it was found on this machine.
type grafanaInstall struct {
	command []string // to serve, as far as --homepath
	home    string   // the folder that holds its conf/defaults.ini
}

// findGrafana looks on PATH for grafana (from 10 on) or grafana-server (before), and for its home where the
// packages keep it: the archive beside bin/, Homebrew in share/grafana, Debian and others in /usr/share.
func findGrafana(home string) (grafanaInstall, error) {
	command, err := exec.LookPath("grafana")
	serve := []string{"server"}
	if err != nil {
		command, err = exec.LookPath("grafana-server")
		serve = nil
	}
	if err != nil {
		return grafanaInstall{}, errors.New("grafana is not on PATH")
	}
	binary, err := filepath.EvalSymlinks(command)
	if err != nil {
		return grafanaInstall{}, err
	}
	prefix := filepath.Dir(filepath.Dir(binary))
	for _, home := range []string{home, prefix, filepath.Join(prefix, "share", "grafana"), "/usr/share/grafana"} {
		if _, err := os.Stat(filepath.Join(home, "conf", "defaults.ini")); home != "" && err == nil {
			return grafanaInstall{append([]string{binary}, serve...), home}, nil
		}
	}
	return grafanaInstall{}, fmt.Errorf("%s is on PATH, but not the folder with its conf/defaults.ini: name that in GF_PATHS_HOME", command)
}

// grafanaProgram runs Grafana with the repository's own provisioning and the variables that
// docker-compose.yml gives it; what it writes goes to the temporary folder.
func (l *lab) grafanaProgram(install grafanaInstall, service composeService) (program, error) {
	provisioning := filepath.Join(l.temp, "provisioning")
	change := func(value string) string {
		value = service.hostPath(l.root, value)
		return strings.Replace(value, "//prometheus:9090", "//"+l.ports.prometheus.address(), 1)
	}
	for _, kind := range []string{"datasources", "dashboards"} {
		from := service.hostPath(l.root, "/etc/grafana/provisioning/"+kind)
		if err := localProvisioning(from, filepath.Join(provisioning, kind), change); err != nil {
			return program{}, err
		}
	}
	variables := make(environment, len(service.Environment))
	for name, value := range service.Environment {
		variables[name] = change(value)
	}
	own := environment{
		"GF_SERVER_HTTP_ADDR":   "127.0.0.1",
		"GF_SERVER_HTTP_PORT":   strconv.Itoa(l.ports.grafana.number),
		"GF_PATHS_PROVISIONING": provisioning,
		"GF_PATHS_DATA":         filepath.Join(l.temp, "grafana"),
		"GF_PATHS_LOGS":         filepath.Join(l.temp, "grafana", "log"),
		"GF_PATHS_PLUGINS":      filepath.Join(l.temp, "grafana", "plugins"),
	}
	return program{
		name: "grafana", path: install.command[0], args: append(install.command[1:], "--homepath", install.home),
		env:   own.over(variables).over(l.caller),
		ready: l.ports.grafana.url() + "/api/health", grace: 10 * time.Second,
	}, nil
}

// localProvisioning copies the folder from to the folder to, with each value in its YAML files changed.
func localProvisioning(from, to string, change func(string) string) error {
	return filepath.WalkDir(from, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		copied := filepath.Join(to, relative)
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			return err
		}
		return copyYAML(file, copied, change)
	})
}

func copyYAML(from, to string, change func(string) string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	changeScalars(&document, change)
	if text, err = yaml.Marshal(&document); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

func changeScalars(node *yaml.Node, change func(string) string) {
	if node.Kind == yaml.ScalarNode {
		node.Value = change(node.Value)
	}
	for _, child := range node.Content {
		changeScalars(child, change)
	}
}
