// Package deploy holds what runs the lab. These tests read docker-compose.yml and .env as text;
// deploy/e2e runs them on an engine.
package deploy

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"
)

const (
	composeFile = "../docker-compose.yml"
	envFile     = "../.env"
)

// service holds the parts of a service in docker-compose.yml that these tests check.
type service struct {
	Image           string                       `yaml:"image"`
	Build           any                          `yaml:"build"`
	User            string                       `yaml:"user"`
	ContainerName   string                       `yaml:"container_name"`
	Environment     map[string]string            `yaml:"environment"`
	Ports           []string                     `yaml:"ports"`
	Volumes         []string                     `yaml:"volumes"`
	Networks        []string                     `yaml:"networks"`
	ReadOnly        bool                         `yaml:"read_only"`
	CapDrop         []string                     `yaml:"cap_drop"`
	SecurityOpt     []string                     `yaml:"security_opt"`
	CPUShares       int                          `yaml:"cpu_shares"`
	MemLimit        string                       `yaml:"mem_limit"`
	Restart         string                       `yaml:"restart"`
	StopGracePeriod string                       `yaml:"stop_grace_period"`
	Healthcheck     struct{ Test []string }      `yaml:"healthcheck"`
	Develop         struct{ Watch []watch }      `yaml:"develop"`
	DependsOn       map[string]map[string]string `yaml:"depends_on"`
	Logging         struct{ Options logging }    `yaml:"logging"`
}

type watch struct{ Action, Path string }

type logging struct {
	MaxSize string `yaml:"max-size"`
	MaxFile string `yaml:"max-file"`
}

// Both ways: a knob that is not handed over does nothing, and users cannot find one that is not in .env.
func TestEveryKnobIsHandedOverWithItsDefault(t *testing.T) {
	env := readEnv(t)
	defaults := map[string]string{}
	for _, m := range regexp.MustCompile(`\$\{(\w+):-([^}]*)\}`).FindAllStringSubmatch(read(t, composeFile), -1) {
		if other, seen := defaults[m[1]]; seen && other != m[2] {
			t.Errorf("%s has two defaults in docker-compose.yml: %q and %q", m[1], other, m[2])
		}
		defaults[m[1]] = m[2]
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if got, handed := defaults[name]; !handed {
			t.Errorf("%s is in .env and not in docker-compose.yml", name)
		} else if got != env[name] {
			t.Errorf("%s is %q in .env and %q in docker-compose.yml", name, env[name], got)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(defaults)) {
		if _, known := env[name]; !known && !slices.Contains(notInEnv, name) {
			t.Errorf("%s is in docker-compose.yml and not in .env", name)
		}
	}
}

// Each knob belongs to one service, so that an edit recreates only that one.
func TestEveryKnobGoesToOneServiceByItsName(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(readEnv(t))) {
		if strings.HasSuffix(name, "_PORT") || strings.HasSuffix(name, "_PORTS") {
			continue
		}
		var receivers []string
		for id, s := range services(t) {
			for variable, value := range s.Environment {
				if !strings.Contains(value, "${"+name+":") {
					continue
				}
				receivers = append(receivers, id)
				if variable != name {
					t.Errorf("%s reaches %s as %s", name, id, variable)
				}
			}
		}
		if len(receivers) > 1 { // TestEveryKnobIsHandedOverWithItsDefault finds knobs without a receiver
			t.Errorf("%s is handed to %v, want one service", name, receivers)
		}
	}
}

func TestEveryKnobSaysWhatItDoes(t *testing.T) {
	lines := strings.Split(read(t, envFile), "\n")
	for i, line := range lines {
		name, _, isKnob := strings.Cut(line, "=")
		if isKnob && !strings.HasPrefix(line, "#") && (i == 0 || !strings.HasPrefix(lines[i-1], "# ")) {
			t.Errorf("%s has no line above it that says what it does", name)
		}
	}
}

func TestServicesAreConfined(t *testing.T) {
	for id, s := range services(t) {
		check := func(ok bool, what string) {
			if !ok {
				t.Errorf("%s: %s", id, what)
			}
		}
		check(s.User != "" && !strings.HasPrefix(s.User, "0:") && s.User != "root", "runs as root")
		check(s.ReadOnly, "can write its file system")
		check(slices.Equal(s.CapDrop, []string{"ALL"}), "keeps capabilities")
		check(slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "may gain privileges")
		check(s.Logging.Options.MaxSize != "" && s.Logging.Options.MaxFile != "", "logs without end")
		check(len(s.Healthcheck.Test) > 0, "has no health check")
		check(len(s.Networks) == 1, "is not on the lab's own network")
		check(s.ContainerName == "", "has a fixed name, so it cannot be scaled, nor run twice on a machine")
		check(s.Build != nil || regexp.MustCompile(`:v?\d+\.\d+\.\d+$`).MatchString(s.Image), "image is not pinned")
		for _, port := range s.Ports {
			check(strings.HasPrefix(port, "127.0.0.1:"), "opens "+port+" to the network")
		}
	}
}

func TestWatchersGoFirst(t *testing.T) {
	all := services(t)
	for id, s := range all {
		for _, load := range []string{"service-a", "service-b"} {
			if s.Build == nil && s.CPUShares <= all[load].CPUShares {
				t.Errorf("%s has cpu_shares %d, %s %d", id, s.CPUShares, load, all[load].CPUShares)
			}
		}
	}
}

func TestNodeExporterMountsNothing(t *testing.T) {
	if mounts := services(t)["node-exporter"].Volumes; len(mounts) > 0 {
		t.Errorf("node-exporter mounts %v", mounts)
	}
}

func TestServiceBHasTimeToDrain(t *testing.T) {
	grace, err := time.ParseDuration(services(t)["service-b"].StopGracePeriod)
	if err != nil {
		t.Fatal(err)
	}
	drain, err := time.ParseDuration(readEnv(t)["SHUTDOWN_TIMEOUT"])
	if err != nil {
		t.Fatal(err)
	}
	if grace <= drain {
		t.Errorf("stop_grace_period %v, SHUTDOWN_TIMEOUT %v: the engine kills B before it is done", grace, drain)
	}
}

// A finished run must not start again. The other services restart after a crash, but not forever, and not after a
// reboot, because the lab fills the CPU.
func TestRestarts(t *testing.T) {
	for id, s := range services(t) {
		want := `^on-failure:\d+$`
		if id == "service-a" {
			want = `^no$`
		}
		if !regexp.MustCompile(want).MatchString(s.Restart) {
			t.Errorf("%s is restarted %q, want %s", id, s.Restart, want)
		}
	}
}

// The garbage collector must know of the limit before the kernel enforces it, but must not fight for the last bytes.
func TestMemoryLimits(t *testing.T) {
	for id, s := range services(t) {
		var limit types.UnitBytes
		if err := limit.DecodeMapstructure(s.MemLimit); err != nil || limit < 64<<20 || limit > 2<<30 {
			t.Errorf("%s has the memory limit %q, want 64m to 2g (%v)", id, s.MemLimit, err)
		}
		if s.Build == nil {
			continue
		}
		goLimit, isMiB := strings.CutSuffix(s.Environment["GOMEMLIMIT"], "MiB")
		mib, err := strconv.Atoi(goLimit)
		if percent := 100 * int64(mib) << 20 / int64(max(limit, 1)); !isMiB || err != nil || percent < 80 || percent > 95 {
			t.Errorf("%s: GOMEMLIMIT %q is not 80 to 95 %% of mem_limit %s", id, s.Environment["GOMEMLIMIT"], s.MemLimit)
		}
	}
}

// Everybody who can reach Grafana's port may look, and nobody may change anything.
func TestGrafanaShowsAndAllowsNothing(t *testing.T) {
	environment := services(t)["grafana"].Environment
	for name, want := range map[string]string{
		"GF_AUTH_ANONYMOUS_ENABLED":                  "true",
		"GF_AUTH_ANONYMOUS_ORG_ROLE":                 "Viewer",
		"GF_AUTH_DISABLE_LOGIN_FORM":                 "true",
		"GF_AUTH_BASIC_ENABLED":                      "false",
		"GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
	} {
		if environment[name] != want {
			t.Errorf("%s is %q, want %q", name, environment[name], want)
		}
	}
}

// A waits for the replies in flight before it prints its summary.
func TestServiceAHasTimeForItsSummary(t *testing.T) {
	grace, err := time.ParseDuration(services(t)["service-a"].StopGracePeriod)
	if err != nil {
		t.Fatal(err)
	}
	timeout, err := time.ParseDuration(readEnv(t)["REQUEST_TIMEOUT"])
	if err != nil {
		t.Fatal(err)
	}
	if grace < timeout+time.Minute {
		t.Errorf("stop_grace_period %v leaves less than a minute to raise REQUEST_TIMEOUT %v", grace, timeout)
	}
}

// `watch` rebuilds the image after an edit of any part that it is built from.
func TestEditsRebuild(t *testing.T) {
	dockerfile := read(t, "Dockerfile")
	for id, s := range services(t) {
		if s.Build == nil {
			continue
		}
		var watched []string
		for _, w := range s.Develop.Watch {
			watched = append(watched, w.Path)
			if w.Action != "rebuild" {
				t.Errorf("%s: an edit of %s leads to %s", id, w.Path, w.Action)
			}
		}
		for _, m := range regexp.MustCompile(`(?m)^COPY ([a-z-]+) `).FindAllStringSubmatch(dockerfile, -1) {
			if !slices.Contains(watched, m[1]) {
				t.Errorf("%s: an edit of %s does not rebuild it", id, m[1])
			}
		}
		if len(watched) < 4 {
			t.Errorf("%s watches %v", id, watched)
		}
	}
}

// A waits for B once, at the start, and does not restart with B.
func TestServiceAWaitsForServiceB(t *testing.T) {
	needs := services(t)["service-a"].DependsOn["service-b"]
	if needs["condition"] != "service_healthy" || needs["restart"] != "" {
		t.Errorf("service-a depends on service-b with %v", needs)
	}
}

func TestGrafanaFindsItsFiles(t *testing.T) {
	var provider struct {
		Providers []struct {
			Options struct{ Path string } `yaml:"options"`
		} `yaml:"providers"`
	}
	parse(t, "../grafana/provisioning/dashboards/batchlab.yml", &provider)
	grafana := services(t)["grafana"]
	path := os.Expand(provider.Providers[0].Options.Path, func(name string) string { return grafana.Environment[name] })
	if !slices.Contains(grafana.Volumes, "./grafana/dashboards:"+path+":ro") {
		t.Errorf("grafana/dashboards is not mounted at %s", path)
	}
	if home := grafana.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]; home != path+"/batchlab.json" {
		t.Errorf("the home dashboard is %s", home)
	}
}

func services(t *testing.T) map[string]service {
	t.Helper()
	var file struct {
		Services map[string]service `yaml:"services"`
	}
	parse(t, composeFile, &file)
	if len(file.Services) != 5 {
		t.Fatalf("%d services, want 5", len(file.Services))
	}
	return file.Services
}

func readEnv(t *testing.T) map[string]string {
	t.Helper()
	env := map[string]string{}
	for line := range strings.Lines(read(t, envFile)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			t.Fatalf(".env: %q is no assignment", line)
		}
		env[name] = value
	}
	return env
}

func parse(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
