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

// The schemas. A schema changes when a field changes its meaning, not when one is added.
const (
	schemaRun    = "batchlab/run/v2"
	schemaMerged = "batchlab/merged/v1"
)

// document is the JSON report; docs/report.md explains it. Names contain the unit; null means unknown.
type document struct {
	Schema     string             `json:"schema"`
	Version    string             `json:"version"`
	HostBootID string             `json:"host_boot_id"`
	Started    time.Time          `json:"started"`
	ClockStepS float64            `json:"clock_step_s"`
	DurationS  float64            `json:"duration_s"`   // of the measured window
	TotalTimeS float64            `json:"total_time_s"` // until the last reply
	Config     map[string]any     `json:"config"`
	QPS        float64            `json:"qps"`          // ok_in_window / duration_s
	OKInWindow int64              `json:"ok_in_window"` // at most requests.ok, as some replies arrive later
	Window     window             `json:"window"`
	Requests   map[string]int64   `json:"requests"`
	Counts     counts             `json:"counts"`
	TSDiff     *measure.Histogram `json:"ts_diff_ms"`
	Latency    *measure.Histogram `json:"latency_ms"`
	Lag        *measure.Histogram `json:"schedule_lag_ms"` // open loop only
	InFlight   measure.LittlesLaw `json:"in_flight"`
	CPU        measure.CPU        `json:"cpu"`
	B          *server            `json:"b"`
	Verdict    measure.Verdict    `json:"verdict"`
	Goals      []measure.Goal     `json:"goals"`
	Errors     []measure.Cause    `json:"errors"`
	Histograms histograms         `json:"histograms"`
	File       string             `json:"file,omitempty"` // of one of the runs
	Runs       []document         `json:"runs,omitempty"` // that were merged
}

// window has times as offsets from started.
type window struct {
	BeginS float64 `json:"begin_s"`
	EndS   float64 `json:"end_s"`  // when sending stopped
	Steady bool    `json:"steady"` // duration_s lasts until then; if false, until the last ok reply
}

// counts are what requests does not tell.
type counts struct {
	InWindow int64 `json:"in_window"`   // replies of any kind in the window, including those to requests of the warm-up
	Skewed   int64 `json:"skewed"`      // ok replies that ts_diff lacks: theirs was impossible
	Warmup   int64 `json:"warmup_sent"` // not in requests
}

type histograms struct {
	TSDiff  measure.Encoded `json:"ts_diff"`
	Latency measure.Encoded `json:"latency"`
	Lag     measure.Encoded `json:"schedule_lag"`
}

// WriteJSON writes the report of a run, or of merged runs, into dir and returns its path. The file appears whole or
// not at all.
func WriteJSON(dir string, s measure.Summary) (path string, err error) {
	d := documentOf(s)
	prefix := "run-"
	if len(s.Runs) > 0 {
		d.Schema, prefix = schemaMerged, "merged-"
	}
	body, err := json.MarshalIndent(d, "", "  ")
	if err == nil {
		path, err = publish(dir, prefix+d.Started.Format("20060102T150405.000Z"), append(body, '\n'))
	}
	if err != nil {
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
		Schema: schemaRun, Version: s.Version, HostBootID: s.Host, Started: s.Started.UTC(), ClockStepS: s.ClockStep.Seconds(),
		DurationS: s.Window.Length.Seconds(), TotalTimeS: s.TotalTime.Seconds(),
		Config: map[string]any{}, QPS: s.QPS, OKInWindow: s.Window.OK,
		Window:   window{BeginS: s.WindowBegan.Seconds(), EndS: s.WindowEnded.Seconds(), Steady: s.Window.Steady},
		Requests: map[string]int64{"sent": s.Totals.Sent(), "dropped": s.Dropped, "dropped_no_connection": s.Unconnected},
		Counts:   counts{InWindow: s.Window.Answered, Skewed: s.Totals.Skewed, Warmup: s.Warmup.Sent()},
		TSDiff:   &s.Totals.TSDiff, Latency: &s.Totals.Latency, Lag: &s.Totals.Lag,
		InFlight: s.InFlight, CPU: s.CPU, B: serverOf(s),
		Verdict: s.Verdict, Goals: append([]measure.Goal{}, s.Goals...),
		Errors: append([]measure.Cause{}, s.Totals.Causes()...), // [] rather than null
		Histograms: histograms{
			TSDiff: measure.Encoded{Histogram: s.Totals.TSDiff}, Latency: measure.Encoded{Histogram: s.Totals.Latency}, Lag: measure.Encoded{Histogram: s.Totals.Lag},
		},
		File: s.File,
	}
	for _, r := range s.Runs {
		d.Runs = append(d.Runs, documentOf(r))
	}
	for _, setting := range s.Config {
		d.Config[strings.ToLower(setting.Name)] = setting.Value
	}
	for o, n := range s.Totals.Outcomes {
		d.Requests[measure.Outcome(o).String()] = n
	}
	return d
}
