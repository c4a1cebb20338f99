package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process leads its own process group: a terminal's Ctrl-C reaches only the lab, which ends the processes in order.
type process struct {
	*exec.Cmd
	name    string
	log     string // the file for its output; empty if Stdout is set
	listens []port
	ready   string // a URL that answers 200 once it serves

	end  context.CancelFunc // sends SIGTERM, then SIGKILL after the grace period
	done chan struct{}      // closed when the process has ended
}

// process prepares a process. The variables override the knobs. Grace is the time from SIGTERM to SIGKILL.
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

// start starts the process. When kill ends, it is killed.
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
			_ = p.Wait() // ProcessState says how it ended
			release()
			killGroup(p.Process) // children that it left behind
			close(p.done)
		}
	}()
	return <-started
}

// stop ends the process and waits for it. It returns false if the process had ended before, or ended with an error.
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

// status is an error that says how the process has ended, even with exit status 0.
func (p *process) status() error {
	return fmt.Errorf("%s has ended: %w", p.name, &exec.ExitError{ProcessState: p.ProcessState})
}

// port is where a program of the lab listens, on 127.0.0.1.
type port struct {
	use      string // what listens there
	variable string // the variable that changes the port
	number   int
}

type ports struct {
	traffic, bAdmin, aAdmin, nodeExporter, prometheus, grafana port
}

// readPorts reads the ports that docker-compose.yml publishes, and node_exporter's. It takes the first of a range.
func readPorts(vars map[string]string) (ports, error) {
	var errs []error
	read := func(use, variable, fallback string) port {
		value := cmp.Or(vars[variable], fallback)
		first, _, _ := strings.Cut(value, "-")
		number, err := strconv.ParseUint(first, 10, 16)
		if err != nil || number == 0 {
			errs = append(errs, fmt.Errorf("%s is %q, and must be a port or a range of ports, 1 to 65535", variable, value))
		}
		return port{use, variable, int(number)}
	}
	return ports{
		traffic:      read("service-b's traffic", "SERVICE_B_PORTS", "5050"),
		bAdmin:       read("service-b's admin", "SERVICE_B_ADMIN_PORTS", "5150"),
		aAdmin:       read("service-a's admin", "SERVICE_A_ADMIN_PORTS", "5250"),
		nodeExporter: read("node_exporter", "NODE_EXPORTER_PORT", "9100"),
		prometheus:   read("Prometheus", "PROMETHEUS_PORT", "9090"),
		grafana:      read("Grafana", "GRAFANA_PORT", "3000"),
	}, errors.Join(errs...)
}

func (p port) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.number)) }
func (p port) url() string     { return "http://" + p.address() }

// checkFree returns an error for each taken port of the processes, with the variable that changes it.
func checkFree(processes ...*process) error {
	var errs []error
	for _, process := range processes {
		for _, p := range process.listens {
			listener, err := net.Listen("tcp", p.address())
			if err != nil {
				const format = "port %d on 127.0.0.1, for %s: %w (by another lab?); to use another: %s=%d go run ./deploy/local"
				other := p.number%60000 + 1000 // any would do
				errs = append(errs, fmt.Errorf(format, p.number, p.use, errors.Unwrap(err), p.variable, other))
				continue
			}
			defer listener.Close() // after the loop, so that two programs with the same port are noticed
		}
	}
	return errors.Join(errs...)
}
