package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// lab is one run of all the programs that the command line asks for.
type lab struct {
	opts           options
	environ        []string        // the environment in which the lab was started
	kill           context.Context // its end kills every process
	stdout, stderr io.Writer

	root    string              // folder of the repository
	compose *cli.ProjectOptions // docker-compose.yml
	knobs   types.Mapping       // .env, environ over it, and the flags over both
	ports   ports
	temp    string     // folder for the logs, Prometheus' configuration, the data of Prometheus and Grafana
	keep    bool       // temp holds a log that the user needs after the end
	running []*process // in the order of their start
}

// run returns nil after a valid run, when all processes have ended. When stop ends, it ends the last started first.
func (l *lab) run(stop context.Context) error {
	defer l.end()
	if err := l.configure(stop); err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	processes, err := l.monitoring(stop)
	if err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	b, a := l.serviceB(), l.serviceA()
	processes = append(processes, b, a)
	if err := checkFree(processes...); err != nil {
		return err
	}
	if err := l.build(stop); err != nil {
		return err
	}
	l.say("the logs are in %s", l.temp)
	allowBackgroundOutput()
	for _, p := range processes {
		if err := l.start(stop, p); err != nil {
			return err
		}
	}
	l.say("beside it: top -p %[1]d,%[2]d (on macOS top -pid %[1]d -pid %[2]d)", a.Process.Pid, b.Process.Pid)
	return supervise(stop, a, b)
}

// configure finds the repository around the current folder, and reads .env as docker compose does.
func (l *lab) configure(ctx context.Context) error {
	folder, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "batchlab").Output()
	if err != nil {
		return fmt.Errorf("run this inside the batchlab repository: %w", err)
	}
	l.root = strings.TrimSpace(string(folder))
	l.compose, err = cli.NewProjectOptions([]string{filepath.Join(l.root, "docker-compose.yml")},
		cli.WithEnv(l.opts.over(l.environ).Values()), cli.WithEnvFiles(), cli.WithDotEnv)
	if err != nil {
		return err
	}
	l.knobs = l.compose.Environment
	if l.ports, err = readPorts(l.knobs); err != nil {
		return err
	}
	l.temp, err = os.MkdirTemp("", "batchlab-")
	return err
}

// build builds both services into bin/, where go build can skip them if they are up to date.
func (l *lab) build(stop context.Context) error {
	command := exec.CommandContext(stop, "go", "build", "-o", "bin/", "./service-a", "./service-b")
	command.Dir, command.Env, command.Stdout, command.Stderr = l.root, l.environ, l.stderr, l.stderr
	l.say("%s", strings.Join(command.Args, " "))
	if err := command.Run(); stop.Err() != nil {
		return errInterrupted
	} else if err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	return nil
}

// start starts p and waits until it is ready.
func (l *lab) start(stop context.Context, p *process) error {
	if err := p.start(l.kill); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	l.running = append(l.running, p)
	for _, port := range p.listens {
		l.say("%s is at http://localhost:%d", port.use, port.number)
	}
	late := time.After(time.Minute)
	for p.ready != "" && !answers(p.ready) {
		select {
		case <-p.done:
			return p.status()
		case <-stop.Done():
			return errInterrupted
		case <-late:
			p.stop()
			return fmt.Errorf("%s did not answer at %s within a minute", p.name, p.ready)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

func answers(url string) bool {
	response, err := (&http.Client{Timeout: time.Second}).Get(url)
	return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// supervise returns when service-a has ended, by itself or because stop ended. It is an error if service-b ends first.
func supervise(stop context.Context, a, b *process) error {
	select {
	case <-b.done:
		return b.status()
	case <-a.done:
	case <-stop.Done():
		a.stop()
	}
	switch {
	case a.ProcessState.Success():
		return nil
	case stop.Err() != nil && a.ProcessState.ExitCode() < 0: // killed, or not yet able to catch SIGTERM
		return fmt.Errorf("%w: %w", errInterrupted, a.status())
	}
	return a.status()
}

// end stops the running processes, the last started first, and shows the logs of those that failed.
func (l *lab) end() {
	for _, p := range slices.Backward(l.running) {
		if !p.stop() && l.kill.Err() == nil {
			l.show(p)
		}
	}
	if l.keep {
		l.say("the logs are kept in %s", l.temp)
	} else {
		os.RemoveAll(l.temp)
	}
}

// show prints the last lines of p's log, if it has one, and keeps the log if it is longer.
func (l *lab) show(p *process) {
	const most = 20
	if p.log == "" {
		return
	}
	text, _ := os.ReadFile(p.log) // without the file there are no lines
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if more := len(lines) - most; more > 0 {
		lines, l.keep = lines[more:], true
	}
	l.say("%s (%v) printed last:\n%s", p.name, p.ProcessState, strings.Join(lines, "\n"))
}

func (l *lab) say(format string, args ...any) {
	fmt.Fprintf(l.stderr, "local: "+format+"\n", args...)
}
