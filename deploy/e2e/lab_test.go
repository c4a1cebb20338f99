//go:build e2e

// Package e2e runs the whole lab on a container engine and checks it from outside: `make e2e`.
//
// The lab under test is a separate Compose project, on free ports and with its own env file,
// so it stands beside a running lab and leaves .env alone.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	project = "batchlab-e2e" // and what the names of other labs begin with
	root    = "../.."
)

// lab is one Compose project.
type lab struct {
	prometheus
	project   string
	overrides []string // Compose files on top of the repository's own
	envFile   string
	knobs     map[string]string // what differs from .env
}

// fullLoad is held by whoever fills the CPU, among tests that run beside each other.
var fullLoad sync.Mutex

// newLab prepares a lab; nothing runs yet. What an earlier run left behind is removed, and when the
// test ends, fails or is interrupted, so is this one.
func newLab(t *testing.T, project string, overrides ...string) *lab {
	t.Helper()
	l := &lab{project: project, overrides: overrides, envFile: filepath.Join(t.TempDir(), "env"), knobs: freeLabPorts(t)}
	l.prometheus = prometheus{url: "http://127.0.0.1:" + l.knobs["PROMETHEUS_PORT"], describe: l.describe}
	l.set(t, nil)
	l.down(t)
	t.Cleanup(func() { l.down(t) })
	l.downOnInterrupt(t)
	return l
}

// set changes knobs as a user does, by editing the env file; up applies them.
func (l *lab) set(t *testing.T, knobs map[string]string) {
	t.Helper()
	maps.Copy(l.knobs, knobs)
	text, err := os.ReadFile(filepath.Join(root, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(l.knobs)) {
		text = fmt.Appendf(text, "%s=%s\n", name, l.knobs[name])
	}
	if err := os.WriteFile(l.envFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// up starts what is not running as configured, and returns when everything is ready.
func (l *lab) up(t *testing.T, args ...string) {
	t.Helper()
	start := time.Now()
	l.compose(t, append([]string{"up", "-d", "--wait", "--wait-timeout", "300"}, args...)...)
	t.Logf("docker compose up %s: ready in %v", strings.Join(args, " "), time.Since(start).Round(time.Second))
}

func (l *lab) down(t *testing.T) {
	t.Helper()
	if out, err := l.run("down", "--volumes", "--remove-orphans", "--rmi", "local"); err != nil {
		t.Errorf("docker compose down: %v\n%s", err, out)
	}
}

// compose runs docker compose for this lab and returns what it printed.
func (l *lab) compose(t *testing.T, args ...string) string {
	t.Helper()
	out, err := l.run(args...)
	if err != nil {
		logs, _ := l.run("logs", "--tail", "30")
		t.Fatalf("docker compose %s: %v\n%s\n%s", strings.Join(args, " "), err, out, logs)
	}
	return out
}

func (l *lab) run(args ...string) (string, error) {
	options := []string{"compose", "--project-name", l.project, "--project-directory", root, "--env-file", l.envFile, "--progress", "quiet"}
	for _, file := range append([]string{filepath.Join(root, "docker-compose.yml")}, l.overrides...) {
		options = append(options, "--file", file)
	}
	command := exec.Command("docker", append(options, args...)...)
	command.Env = l.environ()
	out, err := command.CombinedOutput()
	return string(out), err
}

// environ is the shell's environment without knobs, which would override the env file.
func (l *lab) environ() []string {
	text, _ := os.ReadFile(l.envFile)
	knobs := map[string]bool{"COMPOSE_FILE": true, "COMPOSE_PROFILES": true}
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, "="); ok {
			knobs[name] = true
		}
	}
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return knobs[name]
	})
}

// downOnInterrupt is for Ctrl-C, at which go test ends without cleaning up.
func (l *lab) downOnInterrupt(t *testing.T) {
	t.Helper()
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	t.Cleanup(stop)
	go func() {
		select {
		case <-interrupted.Done():
			l.down(t)
			os.Exit(1)
		case <-t.Context().Done():
		}
	}()
}

// freeLabPorts are the variables that move the lab to ports that are free.
func freeLabPorts(t *testing.T) map[string]string {
	t.Helper()
	first := freePorts(t, 26)
	return map[string]string{
		"GRAFANA_PORT":          fmt.Sprint(first),
		"PROMETHEUS_PORT":       fmt.Sprint(first + 1),
		"SERVICE_A_ADMIN_PORTS": portRange(first+2, 8),
		"SERVICE_B_PORTS":       portRange(first+10, 8),
		"SERVICE_B_ADMIN_PORTS": portRange(first+18, 8),
	}
}

// freePorts returns the first of n neighbouring ports of 127.0.0.1 that nobody listens on. It looks below
// the ports that systems give to clients: a load test uses up many of those. Each call looks in a range of its own,
// because labs beside each other take their ports later.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	const ranges, size = 5, 2000
	start := 20000 + int(portRanges.Add(1))%ranges*size
	for range 1000 {
		if first := start + rand.IntN(size-n); allFree(first, n) {
			return first
		}
	}
	t.Fatalf("found no %d free ports in a row", n)
	return 0
}

var portRanges atomic.Int64

func allFree(first, n int) bool {
	var problems []error
	for port := first; port < first+n; port++ {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			err = listener.Close()
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...) == nil
}

func portRange(first, n int) string { return fmt.Sprintf("%d-%d", first, first+n-1) }
