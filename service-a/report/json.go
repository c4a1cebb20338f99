package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
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
	B          *server            `json:"b"`
	Verdict    measure.Verdict    `json:"verdict"`
	Errors     []measure.Cause    `json:"errors"`
}

// WriteJSON writes the report of a run into dir and returns its path. The file appears whole or not at all.
func WriteJSON(dir string, s measure.Summary) (path string, err error) {
	body, err := json.MarshalIndent(documentOf(s), "", "  ")
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	name := "run-" + s.Started.UTC().Format("20060102T150405.000Z")
	if path, err = publish(dir, name, append(body, '\n')); err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	return path, nil
}

// publish writes a file of that name in dir, or name-2 and so on if another service A has taken the name. It
// links a complete temporary file, because a link never replaces a file.
func publish(dir, name string, body []byte) (path string, err error) {
	temp := filepath.Join(dir, fmt.Sprintf(".%s-%d.tmp", name, rand.Uint64()))
	defer os.Remove(temp)
	if err := os.WriteFile(temp, body, 0o644); err != nil {
		return "", err
	}
	candidate := name
	for n := 2; ; n++ {
		path = filepath.Join(dir, candidate+".json")
		if err = os.Link(temp, path); !errors.Is(err, fs.ErrExist) {
			return path, err
		}
		candidate = fmt.Sprintf("%s-%d", name, n)
	}
}

func documentOf(s measure.Summary) document {
	d := document{
		Schema: "batchlab/run/v1", Started: s.Started.UTC(), DurationS: s.Window.Length.Seconds(),
		TotalTimeS: s.TotalTime.Seconds(), Config: map[string]any{}, QPS: s.QPS, OKInWindow: s.Window.OK,
		Requests: map[string]int64{"sent": s.Totals.Sent(), "dropped": s.Dropped},
		TSDiff:   &s.Totals.TSDiff, Latency: &s.Totals.Latency, Lag: &s.Totals.Lag,
		InFlight: s.InFlight, CPU: s.CPU, B: serverOf(s),
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
