package report

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"batchlab/service-a/measure"
)

// document is the JSON report. Names contain the unit; null means unknown.
type document struct {
	Schema     string             `json:"schema"` // changes when a field changes its meaning
	Started    time.Time          `json:"started"`
	DurationS  float64            `json:"duration_s"`   // of the measured window
	TotalTimeS float64            `json:"total_time_s"` // until the last reply
	Config     map[string]any     `json:"config"`
	QPS        float64            `json:"qps"`          // ok_in_window / duration_s
	OKInWindow int64              `json:"ok_in_window"` // at most requests.ok, as some replies arrive later
	Requests   map[string]int64   `json:"requests"`
	TSDiff     *measure.Histogram `json:"ts_diff_ms"`
	Latency    *measure.Histogram `json:"latency_ms"`
	Lag        *measure.Histogram `json:"schedule_lag_ms"` // open loop only
	InFlight   measure.LittlesLaw `json:"in_flight"`
	CPU        measure.CPU        `json:"cpu"`
	B          *measure.Between   `json:"b"`
	Verdict    measure.Verdict    `json:"verdict"`
	Errors     []measure.Cause    `json:"errors"`
}

// WriteJSON writes the report of a run into dir and returns its path. It is atomic: a temporary file is renamed.
func WriteJSON(dir string, s measure.Summary) (path string, err error) {
	body, err := json.MarshalIndent(documentOf(s), "", "  ")
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	path, temp, err := claimName(dir, "run-"+s.Started.UTC().Format("20060102T150405.000Z"))
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	if err = os.WriteFile(temp, append(body, '\n'), 0o644); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return "", fmt.Errorf("report: %w", err)
	}
	return path, nil
}

func documentOf(s measure.Summary) document {
	d := document{
		Schema: "batchlab/run/v1", Started: s.Started.UTC(), DurationS: s.Window.Length.Seconds(),
		TotalTimeS: s.TotalTime.Seconds(), Config: map[string]any{}, QPS: s.QPS, OKInWindow: s.Window.OK,
		Requests: map[string]int64{"sent": s.Totals.Sent(), "dropped": s.Dropped},
		TSDiff:   &s.Totals.TSDiff, Latency: &s.Totals.Latency, Lag: &s.Totals.Lag,
		InFlight: s.InFlight, CPU: s.CPU, B: s.B,
		Verdict: s.Verdict, Errors: append([]measure.Cause{}, s.Totals.Causes()...), // [] rather than null
	}
	for _, setting := range s.Config {
		d.Config[strings.ToLower(setting.Name)] = setting.Value
	}
	for o, n := range s.Totals.Outcomes {
		d.Requests[measure.Outcome(o).String()] = n
	}
	return d
}
