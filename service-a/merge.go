package main

import (
	"fmt"
	"io"

	"batchlab/service-a/measure"
	"batchlab/service-a/report"
)

// merge makes one report of several. With an error, the status tells whether the reports are to blame.
func merge(paths []string, cfg config, stdout io.Writer) (status int, err error) {
	merged, err := report.Merge(paths)
	if err != nil {
		return exitConfig, err
	}
	merged.Goals = []measure.Goal{measure.FailedAtMost(float64(cfg.GoalFailed), merged.Totals)}
	if err := prepare(cfg.ReportDir); err != nil {
		return exitFailed, err
	}
	if err := merged.Text(stdout); err != nil {
		return exitFailed, err
	}
	if cfg.ReportDir != none {
		path, err := merged.WriteJSON(cfg.ReportDir)
		if err != nil {
			return exitFailed, err
		}
		fmt.Fprintln(stdout, "\nreport: "+path)
	}
	return exitStatus(merged.Summary), nil
}
