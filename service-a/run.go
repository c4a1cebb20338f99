package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"batchlab/internal/admin"
	"batchlab/internal/hostid"
	"batchlab/service-a/host"
	"batchlab/service-a/measure"
	"batchlab/service-a/report"
	"batchlab/service-a/target"
	"batchlab/service-a/trial"
)

// runOnce makes one run, from the first line to the reports. The exit status is valid only without an error.
func runOnce(ctx context.Context, cfg config, environ []string, stdout io.Writer) (status int, err error) {
	if err := host.CheckOpenFiles(cfg.Concurrency); err != nil {
		return 0, err
	}
	if err := prepare(cfg.ReportDir); err != nil {
		return 0, err
	}
	session, err := newSession(cfg)
	if err != nil {
		return 0, err
	}
	var finished atomic.Bool
	state := func() string {
		if session.Sending() || finished.Load() {
			return admin.Ready
		}
		return "not_sending"
	}
	stop, err := serveAdmin(cfg, newRegistry(session.Figures), state)
	if err != nil {
		return 0, err
	}
	defer stop()
	live := report.NewLive(stdout, environ)
	if cfg.DashboardURL != none {
		live.Say("dashboard: " + cfg.DashboardURL)
	}
	live.Say(cfg.describe())
	point := cfg.trial()
	point.Watch = (&progress{live: live, point: point}).show
	summary := session.Run(ctx, point)
	summary.Goals = []measure.Goal{measure.FailedAtMost(float64(cfg.GoalFailed), summary.Totals)}
	summary.Origin = measure.Origin{Version: buildVersion(), Host: hostid.Boot()}
	live.Close()
	finished.Store(true)
	serves := cfg.AfterRun == "serve" && ctx.Err() == nil
	if !serves {
		cfg.ReportURL = none // the link would lead nowhere
	}
	fmt.Fprintln(stdout)
	if err := publish(summary, cfg, stdout); err != nil {
		return 0, err
	}
	if serves {
		fmt.Fprintln(stdout, "the run is over; metrics and reports are served until service-a is stopped (Ctrl-C)")
		<-ctx.Done()
	}
	return exitStatus(summary), nil
}

// prepare ensures that a report can be written into dir.
func prepare(dir string) error {
	if dir == none {
		return nil
	}
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(dir, ".probe-*.tmp"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("REPORT_DIR: %w", err)
	}
	return nil
}

// newSession prepares trials of the B that cfg names.
func newSession(cfg config) (*trial.Session, error) {
	b, err := target.Parse(cfg.TargetURL)
	if err != nil || cfg.TargetAdminURL == none {
		return trial.NewSession(b, nil), err
	}
	port, err := target.Parse(cfg.TargetAdminURL)
	return trial.NewSession(b, target.NewAdmin(port)), err
}

// publish prints the summary, and writes the report if REPORT_DIR is set.
func publish(s measure.Summary, cfg config, stdout io.Writer) error {
	if err := report.Text(stdout, s); err != nil {
		return err
	}
	if cfg.ReportDir == none {
		return nil
	}
	if err := prepare(cfg.ReportDir); err != nil { // it may have been removed during the run
		return err
	}
	path, err := report.WriteJSON(cfg.ReportDir, s)
	if err != nil {
		return err
	}
	if cfg.ReportURL != none {
		path = strings.TrimSuffix(cfg.ReportURL, "/") + "/" + filepath.Base(path)
	}
	_, err = fmt.Fprintln(stdout, "\nreport: "+path)
	return err
}

func exitStatus(s measure.Summary) int {
	switch {
	case s.Totals.Outcomes[measure.OK] == 0:
		return exitFailed
	case !s.Verdict.Valid:
		return exitInvalid
	case slices.ContainsFunc(s.Goals, func(g measure.Goal) bool { return !g.Kept }):
		return exitMissed
	}
	return exitOK
}
