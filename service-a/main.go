// Service-a is the lab's load generator: it sends concurrent requests to service-b, shows how it
// goes, and reports on it. It is configured by the environment; see .env and the README.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"batchlab/service-a/measure"
	"batchlab/service-a/report"
)

// The exit statuses.
const (
	exitOK      = 0
	exitFailed  = 1 // it could not run, or nothing succeeded
	exitConfig  = 2
	exitInvalid = 3 // the run cannot be believed as a measurement
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal then ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

const usage = `usage: service-a [healthcheck]

Without an argument it sends requests until REQUESTS or DURATION is reached or SIGINT or SIGTERM
comes, and prints a summary; a second signal ends it at once.
healthcheck asks the running service whether it is ready, and exits 0 or 1.
It is configured by environment variables: see .env and the README.
`

// run is the whole program; it returns the exit status. When ctx ends, sending stops early, and
// the summary is still printed.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	cfg, err := parseConfig(environ)
	switch {
	case len(args) > 1 || len(args) == 1 && args[0] != "healthcheck":
		fmt.Fprint(stderr, usage)
		return exitConfig
	case err != nil:
		fmt.Fprintln(stderr, err)
		return exitConfig
	case len(args) == 1:
		err = askReady(ctx, cfg.AdminAddr)
	default:
		var status int
		if status, err = runOnce(ctx, cfg, report.NewLive(stdout, environ), stdout); err == nil {
			return status
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "service-a:", err)
		return exitFailed
	}
	return exitOK
}

// runOnce makes one run, from the first line to the reports.
func runOnce(ctx context.Context, cfg config, live *report.Live, stdout io.Writer) (status int, err error) {
	if err := enoughFiles(cfg.Concurrency, openFilesLimit()); err != nil {
		return exitFailed, err
	}
	if cfg.ReportDir != none {
		if err := os.MkdirAll(cfg.ReportDir, 0o755); err != nil {
			return exitFailed, fmt.Errorf("REPORT_DIR: %w", err)
		}
	}
	e, err := newExperiment(cfg, live)
	if err != nil {
		return exitFailed, err
	}
	stop, err := serveAdmin(cfg.AdminAddr, newRegistry(cfg, e.figures), e.running.Load)
	if err != nil {
		return exitFailed, err
	}
	defer stop()
	if cfg.DashboardURL != none {
		live.Say("dashboard: " + cfg.DashboardURL)
	}
	live.Say(cfg.describe())
	summary := e.run(ctx)
	live.Close()
	return exitStatus(summary), publish(summary, cfg.ReportDir, stdout)
}

// publish prints the summary, and writes the report if there is a place for it.
func publish(s measure.Summary, dir string, stdout io.Writer) error {
	fmt.Fprintln(stdout)
	if err := report.Text(stdout, s); err != nil {
		return err
	}
	if dir == none {
		return nil
	}
	path, err := report.WriteJSON(dir, s)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, "report: "+path)
	return err
}

func exitStatus(s measure.Summary) int {
	switch {
	case s.Totals.Outcomes[measure.OK] == 0:
		return exitFailed
	case !s.Verdict.Valid:
		return exitInvalid
	}
	return exitOK
}
