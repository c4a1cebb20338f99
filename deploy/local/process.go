package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// process is a program of the lab. It leads a process group of its own, so that a terminal's Ctrl-C reaches
// only the lab, which then ends its processes in order.
type process struct {
	*exec.Cmd
	name    string
	log     string // the file for its output; empty if Stdout is set
	listens []port
	ready   string // a URL that answers 200 once it serves

	end  context.CancelFunc // sends SIGTERM, and SIGKILL after the grace
	done chan struct{}      // closed when it has ended
}

// process returns a process that is not started yet. Its environment is the knobs and, over them, the variables.
// Grace is the time from SIGTERM to SIGKILL.
func (l *lab) process(name, path string, grace time.Duration, args []string, variables ...string) *process {
	ctx, end := context.WithCancel(context.Background())
	p := &process{
		Cmd: exec.CommandContext(ctx, path, args...), name: name, log: filepath.Join(l.temp, name+".log"),
		end: end, done: make(chan struct{}),
	}
	p.Env, p.SysProcAttr, p.WaitDelay = append(l.knobs.Values(), variables...), childAttributes(), grace
	p.Cancel = func() error {
		if p.Process.Signal(syscall.SIGTERM) != nil { // it has just ended, or this is Windows
			return p.Process.Kill()
		}
		return nil
	}
	return p
}

// start starts the process. The end of kill kills it.
func (p *process) start(kill context.Context) error {
	if p.log != "" {
		file, err := os.Create(p.log)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // the child has its own
		p.Stdout, p.Stderr = file, file
	}
	started := make(chan error)
	go func() {
		// Linux kills a child when the *thread* that started it ends (Pdeathsig).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.Start()
		started <- err
		if err == nil {
			release := context.AfterFunc(kill, func() { killGroup(p.Process) })
			_ = p.Wait() // ProcessState tells how it ended
			release()
			killGroup(p.Process) // what it has started and left
			close(p.done)
		}
	}()
	return <-started
}

// stop ends the process and waits for its end. It returns false if the process had ended before, or ended with
// an error now.
func (p *process) stop() bool {
	select {
	case <-p.done:
		return false
	default:
		p.end()
		<-p.done
		return p.ProcessState.Success() || p.ProcessState.String() == "signal: terminated"
	}
}

// status says how the process has ended. It is an error even for exit status 0.
func (p *process) status() error {
	return fmt.Errorf("%s has ended: %w", p.name, &exec.ExitError{ProcessState: p.ProcessState})
}
