package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// program is what to start, and how to tell that it serves.
type program struct {
	name  string // for messages
	path  string
	args  []string
	env   environment
	ready string        // a URL that answers 200 once it serves
	grace time.Duration // from SIGTERM to SIGKILL

	stdout, stderr io.Writer // nil: both go to the log
}

// process is a program that was started. It leads a process group of its own, so that the Ctrl-C of a
// terminal reaches the lab alone, which then ends its processes in the right order.
type process struct {
	program
	log  string // the file that holds its output, if any
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it ended: read it after done
}

// start starts p with its output in the file log, unless p has its own. When kill ends, so does the process.
func (p program) start(kill context.Context, log string) (*process, error) {
	cmd := exec.CommandContext(kill, p.path, p.args...)
	cmd.Env = p.env.list()
	cmd.Stdout, cmd.Stderr = p.stdout, p.stderr
	cmd.SysProcAttr = childAttributes()
	cmd.Cancel = func() error { return killGroup(cmd.Process) }
	cmd.WaitDelay = time.Second // for output that a grandchild holds open
	started := &process{program: p, cmd: cmd, done: make(chan struct{})}
	if p.stdout == nil {
		file, err := os.Create(log)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // the child has its own
		started.log, cmd.Stdout, cmd.Stderr = log, file, file
	}
	if err := started.run(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	return started, nil
}

// run starts the process in a goroutine that waits for its end on one thread: Linux kills the child
// when the *thread* that started it ends (Pdeathsig), not only when the lab does.
func (p *process) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	return <-started
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// failed tells, of a process that has ended, whether it gave an exit status above 0. One that died of the
// SIGTERM that asked it to end did not fail.
func (p *process) failed() bool { return p.cmd.ProcessState.ExitCode() > 0 }

// unexpectedEnd is the error that a process has ended which nobody had asked to.
func (p *process) unexpectedEnd() error {
	if p.err == nil {
		return fmt.Errorf("%s has ended, with exit status 0", p.name)
	}
	return fmt.Errorf("%s has ended: %w", p.name, p.err)
}

// stop asks the process to end, waits until it has, and kills it when that takes longer than its grace.
// It returns an error if the process had to be killed.
func (p *process) stop() error {
	_ = terminate(p.cmd.Process) // fails only where it has ended already
	select {
	case <-p.done:
		return nil
	case <-time.After(p.grace):
		_ = killGroup(p.cmd.Process) // fails only where it has just ended
		<-p.done
		return fmt.Errorf("%s did not end within %v of SIGTERM and was killed", p.name, p.grace)
	}
}

// lastOutput is the end of what the process has logged, for a message about its death, and whether that is all.
func (p *process) lastOutput() (text string, all bool) {
	const most = 20
	logged, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error(), true
	}
	lines := strings.Split(strings.TrimSpace(string(logged)), "\n")
	first := max(0, len(lines)-most)
	return strings.Join(lines[first:], "\n"), first == 0
}
