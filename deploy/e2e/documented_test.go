//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// documents are the files whose `sh` blocks are run, in the order in which a newcomer reads them.
var documents = []string{"README.md", "docs/http.md", "docs/trust.md", "docs/report.md", "CONTRIBUTING.md"}

// How a documented command is tried.
type trial struct {
	prints string // regular expression of what it prints; "" = anything
	until  bool   // it runs until Ctrl-C, which it gets once it has printed prints
	beside string // a command that runs beside it
	again  bool   // it is run wherever it stands, not only the first time
	why    string // why it is not tried here
}

// trials are all documented commands. A command that is not here fails the test.
var trials = map[string]trial{
	"git clone <URL of this repository> batchlab && cd batchlab": {why: "the test begins with it"},
	"docker compose up":                                  {until: true, prints: `QPS [1-9]`},
	"docker compose up -d":                               {again: true},
	"docker compose down -v":                             {},
	"go run ./deploy/local":                              {until: true, prints: `QPS [1-9]`},
	"go run ./deploy/local -report":                      {prints: `(?m)^succeeded: 2000$`},
	"go run ./deploy/local -forever":                     {until: true, prints: `QPS [1-9]`},
	"CONCURRENCY=30 docker compose up -d":                {},
	"CONCURRENCY=30 go run ./deploy/local -duration 10s": {prints: `closed loop, 30 in flight`},
	`curl -X PATCH -d '{"batch_size": 20}' http://$(docker compose port service-b 5001)/config`:                             {prints: `"batch_size":20`},
	"REQUESTS=2000 docker compose up -d --wait":                                                                             {},
	"docker compose logs --no-log-prefix service-a":                                                                         {prints: `succeeded: 2000`},
	"docker compose cp service-a:/reports .":                                                                                {},
	"REQUESTS=2000 AFTER_RUN=exit docker compose up --exit-code-from service-a":                                             {prints: `report: /reports/run-`},
	"DURATION=30s AFTER_RUN=exit SERVICE_A_ADMIN_PORTS=5250-5259 docker compose up --scale service-a=2 service-a":           {prints: `(?s)report: .*report: `},
	"docker compose run --rm --no-deps service-a merge /reports":                                                            {prints: `(?s)A #2.*report: /reports/merged-`},
	`curl -d '{"ts": 1700000000123, "url": "http://example.com/a.png"}' http://$(docker compose port service-b 5000)/testB`: {prints: `batch_incomplete|rec_ts`},
	"docker compose stop service-a":                                                                                         {},
	"make build":                                                                                                            {},
	"LISTEN_ADDR=127.0.0.1:5000 ./bin/service-b":                                                                            {until: true, prints: "msg=serving"},
	"TARGET_ADMIN_URL=none TARGET_URL=http://127.0.0.1:5000/testB ./bin/service-a":                                          {prints: `succeeded: 2000`, beside: "LISTEN_ADDR=127.0.0.1:5000 ./bin/service-b"},

	"docker run --rm -it --pid=host alpine sh -c 'apk add -q procps-ng && top'": {why: "needs a registry and a terminal"},
	"go test ./...":  {why: "CI runs it"},
	"make lint race": {why: "CI runs the same"},
	"make e2e":       {why: "this is part of it"},
	".ci/run":        {why: "this is part of it"},
}

// TestDocumentedCommands runs the documents' commands in a fresh clone, word for word.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	fullLoad.Lock()
	defer fullLoad.Unlock()
	r := reader{t: t, dir: filepath.Join(t.TempDir(), "batchlab"), environ: readerEnviron(t), tried: map[string]bool{}}
	if out, err := exec.Command("git", "clone", "-q", root, r.dir).CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v\n%s", err, out)
	}
	t.Cleanup(func() { _, _ = r.run("docker compose down -v --rmi local") })
	for _, document := range documents {
		for _, command := range documented(t, document) {
			how, known := trials[command]
			switch {
			case !known:
				t.Errorf("%s: no trial for the command: %s", document, command)
			case how.why != "" || r.tried[command] && !how.again:
			default:
				start := time.Now()
				r.try(command, how)
				t.Logf("%s: %s (%v)", document, command, time.Since(start).Round(100*time.Millisecond))
			}
			r.tried[command] = true
		}
	}
	for command := range trials {
		if !r.tried[command] {
			t.Errorf("in no document: %s", command)
		}
	}
}

// documented returns the commands of a document's `sh` blocks, without their comments.
func documented(t *testing.T, document string) (commands []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			command, _, _ := strings.Cut(line, "  #")
			command, _, _ = strings.Cut(command, " # ")
			if command = strings.TrimSpace(command); command != "" {
				commands = append(commands, command)
			}
		}
	}
	return commands
}

// reader types what the documents say.
type reader struct {
	t       *testing.T
	dir     string
	environ []string
	tried   map[string]bool
}

// readerEnviron lets the lab stand beside another one.
func readerEnviron(t *testing.T) []string {
	t.Helper()
	environ := append(os.Environ(), "COMPOSE_PROJECT_NAME="+project+"-docs")
	for name, value := range freeLabPorts(t) {
		environ = append(environ, name+"="+value)
	}
	return environ
}

// try runs a command until it succeeds: `docker compose up -d` returns before the services answer, and a run is INVALID
// or misses its goal if others take the CPU.
func (r *reader) try(command string, how trial) {
	r.t.Helper()
	if how.beside != "" {
		beside := r.start(how.beside)
		defer beside.interrupt()
	}
	if how.until {
		r.runUntil(command, how.prints)
		return
	}
	deadline := time.Now().Add(time.Minute)
	for disturbed := 0; ; time.Sleep(time.Second) {
		out, err := r.run(command)
		prints := regexp.MustCompile(how.prints).MatchString(out)
		bad := strings.Contains(out, "verdict: INVALID") || strings.Contains(out, "GOAL MISSED")
		switch {
		case err == nil && prints:
			return
		case bad && disturbed < 3:
			disturbed++
			r.t.Logf("once more, because the run was bad: %s", command)
		case bad && prints && strings.Contains(out, "other programs used"):
			r.t.Logf("others take the CPU, so that each run is bad: %s", command)
			return
		case time.Now().After(deadline) || !strings.HasPrefix(command, "curl") && how.beside == "":
			r.t.Fatalf("%s: %v, wanted %q:\n%s", command, err, how.prints, out)
		}
	}
}

func (r *reader) run(command string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.t.Context()), 5*time.Minute) // also for the cleanup
	defer cancel()
	c := r.command(ctx, command)
	out, err := c.CombinedOutput()
	return string(out), err
}

func (r *reader) command(ctx context.Context, command string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sh", "-c", command)
	c.Dir, c.Env = r.dir, r.environ
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches everything that sh has started
	c.WaitDelay = 10 * time.Second
	return c
}

// running is a command that has not been interrupted yet.
type running struct {
	command *exec.Cmd
	output  *lockedBuffer
	ended   chan struct{}
	err     error // valid once ended is closed
}

func (r *reader) start(command string) *running {
	r.t.Helper()
	p := &running{command: r.command(context.Background(), command), output: &lockedBuffer{}, ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = p.output, p.output
	if err := p.command.Start(); err != nil {
		r.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.err = p.command.Wait()
	}()
	return p
}

// interrupt is Ctrl-C; it returns when the command has ended.
func (p *running) interrupt() {
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGINT)
	<-p.ended
}

func (r *reader) runUntil(command, prints string) {
	r.t.Helper()
	p := r.start(command)
	for deadline := time.Now().Add(5 * time.Minute); !regexp.MustCompile(prints).MatchString(p.output.String()); time.Sleep(200 * time.Millisecond) {
		select {
		case <-p.ended:
			r.t.Fatalf("%s ended with %v before it printed %q:\n%s", command, p.err, prints, p.output.String())
		default:
		}
		if time.Now().After(deadline) {
			p.interrupt()
			r.t.Fatalf("%s does not print %q:\n%s", command, prints, p.output.String())
		}
	}
	p.interrupt()
	// 130 is what a shell makes of SIGINT, and -1 a process that died of it.
	if exit, ok := errors.AsType[*exec.ExitError](p.err); p.err != nil && !(ok && (exit.ExitCode() == 130 || exit.ExitCode() == -1)) {
		r.t.Fatalf("%s: %v after Ctrl-C:\n%s", command, p.err, p.output.String())
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
