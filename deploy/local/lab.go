package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// lab is one run of everything that the command line asks for.
type lab struct {
	root   repository
	temp   string      // logs, derived configuration, the data of Prometheus and Grafana
	caller environment // the environment that the lab was started in
	knobs  environment // the same over .env, and the flags over both: what the services get
	ports  ports

	kill           context.Context // its end kills every process
	running        []*process      // in the order of their start
	stdout, stderr io.Writer
	keep           bool // temp holds a log that is wanted after the end
}

// runLab starts the lab and returns when it is over and all of it has ended: nil after a valid run. The end
// of stop ends service-a first, and the rest in order; the end of kill kills them all.
func runLab(stop, kill context.Context, opts options, environ []string, stdout, stderr io.Writer) error {
	l := &lab{kill: kill, caller: callerEnvironment(environ), stdout: stdout, stderr: stderr}
	if err := l.configure(stop, opts); err != nil {
		return err
	}
	watchers, err := findWatchers(opts, l.caller["GF_PATHS_HOME"])
	if err != nil {
		return err
	}
	if err := checkFree(l.ports.wanted(opts)...); err != nil {
		return err
	}
	if err := l.root.build(stop, environ, stderr); err != nil {
		if stop.Err() != nil {
			return errInterrupted
		}
		return err
	}
	if l.temp, err = os.MkdirTemp("", "batchlab-"); err != nil {
		return err
	}
	defer l.end()
	return l.run(stop, opts, watchers)
}

// configure finds the repository, and reads what it and the caller have set.
func (l *lab) configure(ctx context.Context, opts options) (err error) {
	if l.root, err = findRepository(ctx); err != nil {
		return err
	}
	dotEnv, err := readDotEnv(l.root.path(".env"), l.caller)
	if err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	l.knobs = opts.runVariables(l.caller).over(l.caller.over(dotEnv))
	l.ports, err = readPorts(l.knobs)
	return err
}

// run starts first who watches, then service-b, then service-a, and waits for the end.
func (l *lab) run(stop context.Context, opts options, w watchers) error {
	allowBackgroundOutput()
	dashboard, err := l.startWatchers(stop, opts, w)
	if err != nil {
		return err
	}
	b, err := l.start(stop, l.serviceB())
	if err != nil {
		return err
	}
	l.say("service-b answers at %s/testB, admin %s, log %s", l.ports.traffic.url(), l.ports.bAdmin.url(), b.log)
	a, err := l.start(stop, l.serviceA(dashboard))
	if err != nil {
		return err
	}
	l.say("beside it: %s", topCommand(a, b))
	return l.supervise(stop, a, b)
}

func (l *lab) start(stop context.Context, p program) (*process, error) {
	started, err := p.start(l.kill, filepath.Join(l.temp, p.name+".log"))
	if err != nil {
		return nil, err
	}
	l.running = append(l.running, started)
	return started, l.awaitReady(stop, started)
}

func (l *lab) awaitReady(stop context.Context, p *process) error {
	const patience = 60 * time.Second
	late := time.After(patience)
	for p.ready != "" && !answers(stop, p.ready) {
		select {
		case <-p.done:
			return p.unexpectedEnd()
		case <-stop.Done():
			return errInterrupted
		case <-late:
			l.show(p)
			return fmt.Errorf("%s does not answer at %s after %v", p.name, p.ready, patience)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// supervise returns when service-a has ended, by itself or because stop did; or when service-b has, which
// never is as it should be.
func (l *lab) supervise(stop context.Context, a, b *process) error {
	select {
	case <-a.done:
	case <-b.done:
		return b.unexpectedEnd()
	case <-stop.Done():
		if err := a.stop(); err != nil {
			return err
		}
	}
	return outcome(stop, a)
}

// outcome is service-a's exit status, as an error if it is not 0. A stopped one that has none was killed, or
// so young that it did not catch the signal.
func outcome(stop context.Context, a *process) error {
	switch {
	case a.err == nil:
		return nil
	case stop.Err() != nil && a.cmd.ProcessState.ExitCode() < 0:
		return errInterrupted
	default:
		return fmt.Errorf("service-a: %w", a.err)
	}
}

// end stops what runs, the last started first, and tells of those that had ended before, or did not end well.
func (l *lab) end() {
	for _, p := range slices.Backward(l.running) {
		early := p.ended()
		if err := p.stop(); err != nil {
			l.say("%v", err)
		}
		if p.log != "" && l.kill.Err() == nil && (early || p.failed()) {
			l.show(p)
		}
	}
	if l.keep {
		l.say("the logs are kept in %s", l.temp)
		return
	}
	if err := os.RemoveAll(l.temp); err != nil {
		l.say("%v", err)
	}
}

// show prints the end of p's log, and keeps the log if there is more of it.
func (l *lab) show(p *process) {
	text, all := p.lastOutput()
	l.say("the last that %s printed:\n%s", p.name, text)
	l.keep = l.keep || !all
}

func (l *lab) say(format string, args ...any) {
	fmt.Fprintf(l.stderr, "local: "+format+"\n", args...)
}
