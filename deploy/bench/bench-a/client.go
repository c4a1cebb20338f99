package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"batchlab/deploy/bench/process"
)

// load is what each client is asked for.
type load struct {
	url         string
	connections int
	each        time.Duration
}

// client is a load generator: how it is started, and where its output says what it did.
type client struct {
	name    string
	program string
	environ []string
	args    []string
	served  *regexp.Regexp // its group is the number of requests that were answered with 200
	failed  *regexp.Regexp // matches when others were not
}

// The body that service-a sends, with a ts that stays: the others cannot make a fresh one.
const body = `{"ts": 1764000000000.123, "url": "http://www.pyimagesearch.com/wp-content/uploads/2015/01/google_logo.png"}`

const adminAddr = "127.0.0.1:5981"

// newClients returns service-a and the others, of which wrk must be on PATH; the rest is built from
// tools/load-generators.mod into dir where it is not.
func newClients(ctx context.Context, dir string, l load) ([]client, error) {
	const modfile = "tools/load-generators.mod"
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		return nil, errors.New("wrk is not on PATH; it is in the package of that name")
	}
	programs := map[string]string{}
	for name, module := range map[string]string{
		"hey": "github.com/rakyll/hey", "bombardier": "github.com/codesenberg/bombardier", "fortio": "fortio.org/fortio",
	} {
		if programs[name], err = exec.LookPath(name); err == nil {
			continue
		}
		if err := process.Build(ctx, dir, modfile, module); err != nil {
			return nil, err
		}
		programs[name] = filepath.Join(dir, name)
	}
	script := filepath.Join(dir, "body.lua")
	if err := os.WriteFile(script, []byte("wrk.method = \"POST\"\nwrk.body = '"+body+"'\n"), 0o600); err != nil {
		return nil, err
	}
	connections, each := strconv.Itoa(l.connections), l.each.String()
	return []client{{
		name: "service-a", program: filepath.Join(dir, "service-a"),
		environ: []string{"TARGET_URL=" + l.url, "TARGET_ADMIN_URL=none", "ADMIN_ADDR=" + adminAddr,
			"CONCURRENCY=" + connections, "REQUESTS=0", "DURATION=" + each},
		served: regexp.MustCompile(`(?m)^succeeded: (\d+)$`), failed: regexp.MustCompile(`(?m)^failed: [1-9]`),
	}, {
		name: "wrk", program: wrk, args: []string{"-t2", "-c", connections, "-d", each, "--timeout", "30s", "-s", script, l.url},
		served: regexp.MustCompile(`(\d+) requests in`), failed: regexp.MustCompile(`Non-2xx|Socket errors`),
	}, {
		name: "bombardier", program: programs["bombardier"],
		args:   []string{"-c", connections, "-d", each, "-m", "POST", "-b", body, "-p", "r", l.url},
		served: regexp.MustCompile(`2xx - (\d+)`), failed: regexp.MustCompile(`[1345]xx - [1-9]|others - [1-9]|Errors:`),
	}, {
		name: "fortio", program: programs["fortio"],
		args:   []string{"load", "-loglevel", "error", "-c", connections, "-qps", "0", "-t", each, "-payload", body, l.url},
		served: regexp.MustCompile(`Code +200 : (\d+) `), failed: regexp.MustCompile(`Code +[^2 ]`),
	}, {
		name: "hey", program: programs["hey"], args: []string{"-c", connections, "-z", each, "-m", "POST", "-d", body, l.url},
		served: regexp.MustCompile(`\[200\]\s+(\d+) responses`), failed: regexp.MustCompile(`\[[1345]\d\d\]\s+\d+ responses|Error distribution`),
	}}, nil
}

// result is one run of a client.
type result struct {
	rate float64 // requests/s
	cpu  float64 // of the client per request, in microseconds
}

// drive has the client load the server. Service-a is scraped meanwhile, as it is in the lab.
func (c *client) drive(ctx context.Context, each time.Duration) (result, error) {
	if c.environ != nil {
		scraping, stop := context.WithCancel(ctx)
		defer stop()
		go scrape(scraping, "http://"+adminAddr+"/metrics")
	}
	used, err := process.Run(ctx, c.environ, c.program, c.args...)
	if err != nil {
		return result{}, err
	}
	served := c.served.FindSubmatch(used.Output)
	if served == nil || c.failed.Match(used.Output) {
		return result{}, fmt.Errorf("%s failed:\n%s", c.name, used.Output)
	}
	n, err := strconv.ParseFloat(string(served[1]), 64)
	return result{rate: n / each.Seconds(), cpu: float64(used.CPU.Microseconds()) / n}, err
}
