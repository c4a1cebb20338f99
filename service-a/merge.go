package main

import (
	"io"

	"batchlab/service-a/measure"
	"batchlab/service-a/report"
)

// merge makes one summary and report of several. With an error, the status tells whether the reports are to blame.
func merge(paths []string, cfg config, stdout io.Writer) (status int, err error) {
	merged, err := report.Merge(paths)
	if err != nil {
		return exitConfig, err
	}
	merged.Goals = []measure.Goal{measure.FailedAtMost(float64(cfg.GoalFailed), merged.Totals)}
	cfg.ReportURL = none // merge serves nothing
	if err := publish(merged, cfg, stdout); err != nil {
		return exitFailed, err
	}
	return exitStatus(merged), nil
}
