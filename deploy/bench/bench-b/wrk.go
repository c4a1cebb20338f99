package main

import (
	"batchlab/deploy/bench/process"

	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// wrk is the client: it costs the least CPU of all, which leaves the most to the server.
type wrk struct {
	script      string
	connections int
	each        time.Duration
}

const script = `wrk.method = "POST"
wrk.body = '{"ts": %.3f, "url": "http://www.pyimagesearch.com/wp-content/uploads/2015/01/google_logo.png"}'
`

func newWrk(connections int, each time.Duration) (*wrk, error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return nil, errors.New("wrk is not on PATH; it is in the package of that name")
	}
	file, err := os.CreateTemp("", "bench-b-*.lua")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(file, script, float64(time.Now().UnixMicro())/1000)
	return &wrk{file.Name(), connections, each}, file.Close()
}

func (w *wrk) close() { _ = os.Remove(w.script) }

// result is one run against one server.
type result struct {
	rate float64 // requests/s
	cpu  float64 // of the server per request, in microseconds
}

var (
	requestsLine = regexp.MustCompile(`(\d+) requests in`)
	rateLine     = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	errorLine    = regexp.MustCompile(`(?m)^\s*(Non-2xx|Socket errors).*$`)
)

// drive loads the server for the client's time.
func (w *wrk) drive(ctx context.Context, s *process.Server) (result, error) {
	before, err := s.CPU()
	if err != nil {
		return result{}, err
	}
	out, err := exec.CommandContext(ctx, "wrk", "-t2", "-c", strconv.Itoa(w.connections), "-d", w.each.String(),
		"-s", w.script, "http://"+s.Address+"/testB").Output()
	if err != nil {
		return result{}, fmt.Errorf("wrk against %s: %w", s.Name, err)
	}
	after, err := s.CPU()
	if err != nil {
		return result{}, err
	}
	requests, rate := requestsLine.FindSubmatch(out), rateLine.FindSubmatch(out)
	if requests == nil || rate == nil || errorLine.Match(out) {
		return result{}, fmt.Errorf("wrk against %s failed:\n%s", s.Name, out)
	}
	n, _ := strconv.ParseFloat(string(requests[1]), 64) // the expressions match digits only
	perSecond, _ := strconv.ParseFloat(string(rate[1]), 64)
	return result{rate: perSecond, cpu: (after - before) / n * 1e6}, nil
}
