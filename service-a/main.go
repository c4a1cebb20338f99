// Service-a is the lab's load generator: it sends concurrent requests to service-b, shows the progress,
// and reports the results. It is configured by the environment; see .env and the README.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"batchlab/internal/admin"
)

// The exit statuses.
const (
	exitOK      = 0
	exitFailed  = 1 // it could not run, or nothing succeeded
	exitConfig  = 2
	exitInvalid = 3 // the figures are unreliable
	exitMissed  = 4 // the run is valid, but missed a goal
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal then ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

const usage = `usage: service-a [healthcheck | merge REPORT...]

Without an argument it sends requests until REQUESTS or DURATION is reached, or until it gets SIGINT
or SIGTERM, and prints a summary. A second signal ends it at once.
healthcheck asks the running service whether it is ready, and exits 0 or 1.
merge prints one summary of several service As that ran at the same time, and writes one report if
REPORT_DIR is set. A directory stands for its latest run and the runs that overlap it.
Environment variables configure it: see .env and the README.
`

// run is the whole program; it returns the exit status. When ctx ends, sending stops and the summary follows.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	status := exitOK
	cfg, err := parseConfig(environ)
	switch command := strings.Join(args[:min(len(args), 1)], ""); {
	case !accepted(args):
		fmt.Fprint(stderr, usage)
		return exitConfig
	case err != nil:
		fmt.Fprintln(stderr, err)
		return exitConfig
	case command == "healthcheck":
		err = admin.Healthcheck(ctx, cfg.AdminAddr)
	case command == "merge":
		status, err = merge(args[1:], cfg, stdout)
	default:
		status, err = runOnce(ctx, cfg, environ, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "service-a:", err)
		return max(status, exitFailed)
	}
	return status
}

func accepted(args []string) bool {
	switch {
	case len(args) == 0:
		return true
	case args[0] == "merge":
		return len(args) > 1
	}
	return len(args) == 1 && args[0] == "healthcheck"
}
