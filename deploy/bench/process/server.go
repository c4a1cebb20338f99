package process

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/prometheus/procfs"
)

// Server is a program that answers HTTP on Address while it runs. Not safe for concurrent use.
type Server struct {
	Name    string
	Address string
	cmd     *exec.Cmd
}

// NewServer returns a server that has not started yet; environ is added to this process's own.
func NewServer(name, address string, environ []string, program string, args ...string) *Server {
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), environ...)
	return &Server{Name: name, Address: address, cmd: cmd}
}

// Start returns when the server answers.
func (s *Server) Start(ctx context.Context) error {
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for range 100 {
		response, err := http.Get("http://" + s.Address) //nolint:noctx // on loopback
		if err == nil {
			return response.Body.Close()
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			s.Stop()
			return ctx.Err()
		}
	}
	s.Stop()
	return errors.New(s.Name + " does not answer on " + s.Address)
}

// Stop interrupts the server, and waits until it has ended.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// CPU is the processor time that the server has used, in seconds.
func (s *Server) CPU() (float64, error) {
	stat, err := s.stat()
	return stat.CPUTime(), err
}

// Memory is what the server occupies of the machine's memory, in bytes.
func (s *Server) Memory() (int, error) {
	stat, err := s.stat()
	return stat.ResidentMemory(), err
}

func (s *Server) stat() (procfs.ProcStat, error) {
	process, err := procfs.NewProc(s.cmd.Process.Pid)
	if err != nil {
		return procfs.ProcStat{}, err
	}
	return process.Stat()
}
