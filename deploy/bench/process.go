package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/prometheus/procfs"
)

// contender is a program that a line of shell launches. The line's environment has two free addresses of
// this host, LISTEN_ADDR and ADMIN_ADDR, for programs that listen.
type contender struct{ name, line string }

// process is a contender that has been launched.
type process struct {
	name           string
	traffic, admin string // LISTEN_ADDR and ADMIN_ADDR
	cmd            *exec.Cmd
	output         bytes.Buffer // standard output and error; complete once the process has ended
	ended          chan struct{}
	cancel         context.CancelCauseFunc
}

// launch starts a contender. The context that it returns ends with the process; its cause says how the
// process ended and what it printed. Work that needs the process runs under this context.
func launch(ctx context.Context, c contender, environ ...string) (*process, context.Context, error) {
	traffic, err := freeAddress()
	admin, adminErr := freeAddress()
	if err := cmp.Or(err, adminErr); err != nil {
		return nil, nil, err
	}
	running, cancel := context.WithCancelCause(ctx)
	p := &process{name: c.name, traffic: traffic, admin: admin, ended: make(chan struct{}), cancel: cancel}
	p.cmd = exec.CommandContext(running, "/bin/sh", "-c", c.line)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.WaitDelay = time.Second // its children may keep its output open
	p.cmd.Env = append(append(os.Environ(), "LISTEN_ADDR="+p.traffic, "ADMIN_ADDR="+p.admin), environ...)
	if err := p.cmd.Start(); err != nil {
		return nil, nil, cmp.Or(context.Cause(ctx), err)
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState says more
		cancel(p.failure())
		close(p.ended)
	}()
	return p, running, nil
}

// failure says how the process ended and what it printed.
func (p *process) failure() error {
	return fmt.Errorf("%s ended: %s\n%s", p.name, p.cmd.ProcessState, p.output.Bytes())
}

// start launches a server and returns when it listens. It does not mistake another program at the address for it.
func start(ctx context.Context, c contender) (*process, context.Context, error) {
	p, running, err := launch(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	late := time.AfterFunc(30*time.Second, func() {
		p.cancel(fmt.Errorf("%s does not listen on %s after 30 s", p.name, p.traffic))
	})
	defer late.Stop()
	for !p.listens() {
		if running.Err() != nil {
			p.stop()
			return nil, nil, context.Cause(running)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return p, running, nil
}

// listens reports whether a socket of the process itself has its traffic address, by the kernel's tables.
func (p *process) listens() bool {
	proc, _ := procfs.NewDefaultFS()
	own, _ := proc.Proc(p.cmd.Process.Pid) // the errors leave these lists empty
	files, _ := own.FileDescriptorTargets()
	sockets, _ := proc.NetTCP() //nolint:staticcheck // netlink would be a dependency for one look-up
	for _, s := range sockets {
		address, file := fmt.Sprintf("%s:%d", s.LocalAddr, s.LocalPort), fmt.Sprintf("socket:[%d]", s.Inode)
		if address == p.traffic && slices.Contains(files, file) {
			return true
		}
	}
	return false
}

// stop kills the process and waits until it has ended.
func (p *process) stop() {
	p.cancel(context.Canceled)
	<-p.ended
}

// watch returns the highest resident memory of the process when it has ended. It scrapes service-a like Prometheus.
func (p *process) watch() (memory float64) {
	look, scrape := time.Tick(200*time.Millisecond), time.Tick(time.Second)
	for {
		select {
		case <-look:
			_, now, _ := p.used() // 0 if it has just ended
			memory = max(memory, now)
		case <-scrape:
			_, _ = p.metrics()
		case <-p.ended:
			return memory
		}
	}
}

// metrics returns the metrics at the admin address of the process.
func (p *process) metrics() (string, error) {
	response, err := http.Get("http://" + p.admin + "/metrics")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// used returns the CPU time of the process so far, in seconds, and its resident memory (top's RES), in MB.
func (p *process) used() (cpu, memory float64, err error) {
	own, _ := procfs.NewProc(p.cmd.Process.Pid) // without the process, Stat fails too
	stat, err := own.Stat()
	return stat.CPUTime(), float64(stat.ResidentMemory()) / 1e6, err
}

// freeAddress uses a random 127.x address, because outgoing connections would soon take a free port of 127.0.0.1.
func freeAddress() (string, error) {
	ip := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
	listener, err := net.Listen("tcp", ip+":0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
