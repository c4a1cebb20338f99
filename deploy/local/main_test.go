//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// The tests run the lab as a separate process, which is this test binary, in a repository of stand-ins
// (testdata/repo) that report what happens to them.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_LAB") != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
	}
	status := m.Run()
	if dir, _ := standIns(); dir != "" {
		_ = os.RemoveAll(filepath.Dir(dir))
	}
	os.Exit(status)
}

// standIns copies the repository of the stand-ins once, so that the tests share what it builds.
var standIns = sync.OnceValues(func() (string, error) {
	temp, err := os.MkdirTemp("", "local-test-")
	if err != nil {
		return "", err
	}
	repo := filepath.Join(temp, "repo")
	return repo, os.CopyFS(repo, os.DirFS("testdata/repo"))
})

// labProcess is a lab that was started as from a shell.
type labProcess struct {
	t      *testing.T
	cmd    *exec.Cmd
	repo   string
	dir    string // the reports of the stand-ins
	ports  map[string]string
	lines  *bufio.Reader // stdout
	stdout bytes.Buffer  // what was read so far
}

// newLab prepares a lab with free ports, the given variables, and those of the test's own variables that go needs.
func newLab(t *testing.T, args []string, variables ...string) *labProcess {
	t.Helper()
	repo, err := standIns()
	must(t, err)
	l := &labProcess{t: t, repo: repo, dir: t.TempDir(), ports: freePorts(t)}
	l.cmd = exec.Command(os.Args[0], args...)
	l.cmd.Dir = filepath.Join(repo, "prometheus") // any folder of the repository will do
	l.cmd.Env = []string{"TEST_AS_LAB=1", "TEST_DIR=" + l.dir, "TMPDIR=" + l.dir, "CGO_ENABLED=0", "GORACE=atexit_sleep_ms=0"}
	for _, name := range []string{"PATH", "HOME", "XDG_CACHE_HOME", "GOCACHE", "GOPATH", "GOROOT", "GOFLAGS", "GOTOOLCHAIN"} {
		if value, set := os.LookupEnv(name); set {
			l.cmd.Env = append(l.cmd.Env, name+"="+value)
		}
	}
	for name, number := range l.ports {
		l.cmd.Env = append(l.cmd.Env, name+"="+number)
	}
	l.cmd.Env = append(l.cmd.Env, variables...)
	l.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return l
}

// ownRepo gives the lab its own copy of the repository, for a test that changes it.
func (l *labProcess) ownRepo() {
	l.t.Helper()
	l.repo = filepath.Join(l.dir, "repo")
	must(l.t, os.CopyFS(l.repo, os.DirFS("testdata/repo")))
	l.cmd.Dir = l.repo
}

// freePorts finds a free port for each variable that sets a port.
func freePorts(t *testing.T) map[string]string {
	free := map[string]string{}
	for _, name := range []string{"SERVICE_B_PORTS", "SERVICE_B_ADMIN_PORTS", "SERVICE_A_ADMIN_PORTS", "NODE_EXPORTER_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer func() { must(t, listener.Close()) }() // not before each has another
		free[name] = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	}
	return free
}

func (l *labProcess) start() {
	l.t.Helper()
	stdout, err := l.cmd.StdoutPipe()
	must(l.t, err)
	l.cmd.Stderr, err = os.Create(filepath.Join(l.dir, "stderr"))
	must(l.t, err)
	l.lines = bufio.NewReader(io.TeeReader(stdout, &l.stdout))
	must(l.t, l.cmd.Start())
	l.t.Cleanup(func() { _ = l.cmd.Process.Kill() })
}

// awaitLine reads stdout up to the line.
func (l *labProcess) awaitLine(line string) {
	l.t.Helper()
	for {
		got, err := l.lines.ReadString('\n')
		if err != nil {
			l.t.Fatalf("no line %q: %v\nstderr: %s", line, err, l.kept("stderr"))
		}
		if strings.TrimSpace(got) == line {
			return
		}
	}
}

// ctrlC does what a terminal does: the whole process group gets SIGINT.
func (l *labProcess) ctrlC() { must(l.t, syscall.Kill(-l.cmd.Process.Pid, syscall.SIGINT)) }

// signal reaches only the lab's process.
func (l *labProcess) signal(s os.Signal) { must(l.t, l.cmd.Process.Signal(s)) }

// wait reads stdout to its end, which comes when the last process that holds it has ended, and returns the exit status.
func (l *labProcess) wait() int {
	l.t.Helper()
	_, err := io.Copy(io.Discard, l.lines)
	must(l.t, err)
	return exitCode(l.cmd)
}

func (l *labProcess) run() int {
	l.t.Helper()
	l.start()
	return l.wait()
}

// kept returns a file that a stand-in left, or the lab's stderr; empty if there is none.
func (l *labProcess) kept(name string) string {
	text, _ := os.ReadFile(filepath.Join(l.dir, name))
	return string(text)
}

func (l *labProcess) variables(program string) types.Mapping {
	return types.NewMapping(strings.Split(l.kept(program+".env"), "\n"))
}

func (l *labProcess) wantEvents(want ...string) {
	l.t.Helper()
	if got := strings.Split(strings.TrimSpace(l.kept("events")), "\n"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		l.t.Errorf("events:\n%s\nwant:\n%s\nstderr: %s", strings.Join(got, "\n"), strings.Join(want, "\n"), l.kept("stderr"))
	}
}

func (l *labProcess) wantStatus(got, want int) {
	l.t.Helper()
	if got != want {
		l.t.Errorf("exit status %d, want %d\nstderr: %s", got, want, l.kept("stderr"))
	}
}

func (l *labProcess) wantStderr(parts ...string) {
	l.t.Helper()
	for _, part := range parts {
		if !strings.Contains(l.kept("stderr"), part) {
			l.t.Errorf("stderr lacks %q:\n%s", part, l.kept("stderr"))
		}
	}
}

// exitCode waits for the end of a process that has been started.
func exitCode(cmd *exec.Cmd) int {
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
