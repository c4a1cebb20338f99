package main

import (
	"fmt"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// prometheusConfig is prometheus.yml, as far as the lab changes it.
type prometheusConfig struct {
	RuleFiles []string       `yaml:"rule_files,omitempty"`
	Jobs      []scrapeJob    `yaml:"scrape_configs"`
	Rest      map[string]any `yaml:",inline"`
}

type scrapeJob struct {
	Name    string         `yaml:"job_name"`
	Lookups []dnsLookup    `yaml:"dns_sd_configs,omitempty"`
	Groups  []targetGroup  `yaml:"static_configs"`
	Rest    map[string]any `yaml:",inline"`
}

type dnsLookup struct {
	Names []string       `yaml:"names"`
	Rest  map[string]any `yaml:",inline"`
}

type targetGroup struct {
	Targets []string       `yaml:"targets"`
	Rest    map[string]any `yaml:",inline"`
}

// prometheusProgram runs the Prometheus at binary with the repository's own configuration: the flags of
// docker-compose.yml, and prometheus.yml with targets in the place of the containers' names.
func (l *lab) prometheusProgram(binary string, service composeService, targets map[string][]string) (program, error) {
	const container = "/etc/prometheus/prometheus.yml"
	text, err := os.ReadFile(service.hostPath(l.root, container))
	if err != nil {
		return program{}, err
	}
	derived, err := localPrometheusConfig(text, targets, func(file string) string {
		if !path.IsAbs(file) {
			file = path.Join(path.Dir(container), file)
		}
		return service.hostPath(l.root, file)
	})
	if err != nil {
		return program{}, fmt.Errorf("prometheus.yml: %w", err)
	}
	config := filepath.Join(l.temp, "prometheus.yml")
	args := append(flagsWithout(service.Command, "config.file", "storage.tsdb.path", "web.listen-address"),
		"--config.file="+config,
		"--storage.tsdb.path="+filepath.Join(l.temp, "prometheus"),
		"--web.listen-address="+l.ports.prometheus.address())
	return program{
		name: "prometheus", path: binary, args: args, env: l.caller,
		ready: l.ports.prometheus.url() + "/-/ready", grace: 10 * time.Second,
	}, os.WriteFile(config, derived, 0o644)
}

// localPrometheusConfig returns the configuration in text with each job scraping the targets of the hosts
// that it names, found by DNS or not, and with rule files where hostPath says. All else stays: intervals,
// labels, relabelling. A host that targets lacks is an error: a new job needs a place here.
func localPrometheusConfig(text []byte, targets map[string][]string, hostPath func(string) string) ([]byte, error) {
	var config prometheusConfig
	if err := yaml.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	for i := range config.Jobs {
		if err := config.Jobs[i].localize(targets); err != nil {
			return nil, fmt.Errorf("job %s: %w", config.Jobs[i].Name, err)
		}
	}
	for i, file := range config.RuleFiles {
		config.RuleFiles[i] = hostPath(file)
	}
	return yaml.Marshal(config)
}

func (j *scrapeJob) localize(targets map[string][]string) (err error) {
	for i, group := range j.Groups {
		if j.Groups[i].Targets, err = localTargets(group.Targets, targets); err != nil {
			return err
		}
	}
	for _, lookup := range j.Lookups {
		found, err := localTargets(lookup.Names, targets)
		if err != nil {
			return err
		}
		j.Groups = append(j.Groups, targetGroup{Targets: found})
	}
	j.Lookups = nil
	return nil
}

// localTargets takes names with a port or without.
func localTargets(names []string, targets map[string][]string) ([]string, error) {
	local := []string{}
	for _, name := range names {
		host, _, err := net.SplitHostPort(name)
		if err != nil {
			host = name
		}
		found, known := targets[host]
		if !known {
			return nil, fmt.Errorf("the lab without Docker does not know where %q is", name)
		}
		local = append(local, found...)
	}
	return local, nil
}

// flagsWithout leaves the named flags (--name=value) out of a program's flags.
func flagsWithout(flags []string, names ...string) []string {
	var rest []string
next:
	for _, flag := range flags {
		for _, name := range names {
			if strings.HasPrefix(flag, "--"+name+"=") {
				continue next
			}
		}
		rest = append(rest, flag)
	}
	return rest
}
