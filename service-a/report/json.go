package report

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"batchlab/service-a/measure"
)

// Schema is the version of the JSON report; it changes when a field changes its meaning.
const Schema = "batchlab/run/v1"

// document is the JSON report. Names contain the unit; null means unknown.
type document struct {
	Schema     string           `json:"schema"`
	Started    time.Time        `json:"started"`
	DurationS  float64          `json:"duration_s"`   // of the measured window
	TotalTimeS float64          `json:"total_time_s"` // until the last reply
	Config     map[string]any   `json:"config"`
	QPS        float64          `json:"qps"`          // ok_in_window / duration_s
	OKInWindow int64            `json:"ok_in_window"` // at most requests.ok, as some replies arrive later
	Requests   map[string]int64 `json:"requests"`
	TSDiff     *statsMS         `json:"ts_diff_ms"`
	Latency    *statsMS         `json:"latency_ms"`
	Lag        *statsMS         `json:"schedule_lag_ms"` // open loop only
	InFlight   littlesLaw       `json:"in_flight"`
	CPU        cpu              `json:"cpu"`
	B          *between         `json:"b"`
	Verdict    verdictJSON      `json:"verdict"`
	Errors     []cause          `json:"errors"`
}

type statsMS struct {
	Mean float64 `json:"mean"`
	Min  float64 `json:"min"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

type cpu struct {
	ACores          *float64 `json:"a_cores"`
	BCores          *float64 `json:"b_cores"`
	HostBusyPercent *float64 `json:"host_busy_percent"`
	AMicrosPerReq   *float64 `json:"a_us_per_request"`
}

type littlesLaw struct {
	Mean     *float64 `json:"mean"`
	ByLittle *float64 `json:"littles_law"` // requests per second x mean latency
}

type between struct {
	AIBusyPercent    float64 `json:"ai_busy_percent"`
	BatchFillPercent float64 `json:"batch_fill_percent"`
}

type verdictJSON struct {
	Valid   bool     `json:"valid"`
	Limit   string   `json:"limit"`
	Reasons []string `json:"reasons"`
}

type cause struct {
	Outcome string `json:"outcome"`
	Cause   string `json:"cause"`
	Count   int64  `json:"count"`
	Example string `json:"example"`
}

// WriteJSON writes the report of a run into dir and returns its path. The write is atomic: a
// temporary file is renamed.
func WriteJSON(dir string, s measure.Summary) (path string, err error) {
	body, err := json.MarshalIndent(documentOf(s), "", "  ")
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	path = filepath.Join(dir, "run-"+s.Started.UTC().Format("20060102T150405.000Z")+".json")
	temp, err := os.CreateTemp(dir, ".run-*.tmp")
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	defer func() { _ = os.Remove(temp.Name()) }() // fails after the rename, as it should
	if err := fill(temp, append(body, '\n')); err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	return path, nil
}

func fill(f *os.File, body []byte) error {
	_, err := f.Write(body)
	if err == nil {
		err = f.Chmod(0o644) // temporary files are private
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func documentOf(s measure.Summary) document {
	d := document{
		Schema: Schema, Started: s.Started.UTC(),
		DurationS: s.Window.Length.Seconds(), TotalTimeS: s.TotalTime.Seconds(),
		Config: map[string]any{}, QPS: s.QPS, OKInWindow: s.Window.OK,
		Requests: map[string]int64{"sent": s.Totals.Sent(), "dropped": s.Dropped},
		TSDiff:   statsOf(s.TSDiff), Latency: statsOf(s.Latency),
		Lag: statsOf(s.Lag), InFlight: littlesLaw{s.InFlight.Sampled, s.InFlight.Derived}, CPU: cpu(s.CPU),
		Verdict: verdictJSON{s.Verdict.Valid, s.Verdict.Limit, append([]string{}, s.Verdict.Reasons...)},
		Errors:  []cause{},
	}
	if s.B != nil {
		d.B = &between{AIBusyPercent: 100 * s.B.AIBusy, BatchFillPercent: 100 * s.B.BatchFill}
	}
	for _, setting := range s.Config {
		d.Config[strings.ToLower(setting.Name)] = setting.Value
	}
	for o, n := range s.Totals.Outcomes {
		d.Requests[measure.Outcome(o).String()] = n
	}
	for _, c := range s.Totals.Causes() {
		d.Errors = append(d.Errors, cause{c.Outcome.String(), c.Name, c.Count, c.Example})
	}
	return d
}

func statsOf(s measure.Stats) *statsMS {
	if s.Count == 0 {
		return nil
	}
	ms := func(d time.Duration) float64 { return math.Round(inMillis(d)*1000) / 1000 }
	return &statsMS{ms(s.Mean), ms(s.Min), ms(s.P50), ms(s.P90), ms(s.P95), ms(s.P99), ms(s.P999), ms(s.Max)}
}
