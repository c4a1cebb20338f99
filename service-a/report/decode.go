package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"batchlab/service-a/measure"
)

// required are the fields without which a run cannot be merged, and what they are for.
var required = []struct{ field, use string }{
	{"started", "windows are compared by it"},
	{"config", "settings are compared"},
	{"requests", "counts are added up"},
	{"counts", "replies in the window are added up"},
	{"window", "windows are compared"},
	{"histograms", "percentiles are computed from it"},
	{"verdict", "it may be INVALID"},
}

// decode reads the report of one run. It does not trust it: an error names the field, its value and what is allowed.
func decode(body []byte) (s measure.Summary, err error) {
	var present map[string]json.RawMessage
	if err := json.Unmarshal(body, &present); err != nil {
		return s, fmt.Errorf("not a report: %w", err)
	}
	for _, r := range required {
		if len(present[r.field]) == 0 || string(present[r.field]) == "null" {
			return s, fmt.Errorf("%s is missing (%s): the report was written by an older service-a", r.field, r.use)
		}
	}
	var d document
	if err := json.Unmarshal(body, &d); err != nil {
		return s, refused(err)
	}
	if err := d.check(); err != nil {
		return s, err
	}
	return d.summary()
}

// refused says which type a value should have had.
func refused(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s is a %s; allowed: %s", wrong.Field, wrong.Value, plain(wrong.Type))
	}
	return err
}

// plain is the name of a type in JSON.
func plain(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}

// UnmarshalJSON implements json.Unmarshaler; its errors name the histogram.
func (h *histograms) UnmarshalJSON(body []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return err
	}
	for name, into := range map[string]*measure.Encoded{"ts_diff": &h.TSDiff, "latency": &h.Latency, "schedule_lag": &h.Lag} {
		if len(raw[name]) == 0 {
			continue
		}
		if err := into.UnmarshalJSON(raw[name]); err != nil {
			return fmt.Errorf("histograms.%s: %w", name, err)
		}
	}
	return nil
}

// most keeps sums of many reports in range, and is exact for programs that read numbers as float64.
const most = 1 << 53

// check refuses values that no run can have and that could do harm.
func (d *document) check() error {
	for name, s := range map[string]float64{
		"clock_step_s": d.ClockStepS, "duration_s": d.DurationS, "total_time_s": d.TotalTimeS, "window.begin_s": d.Window.BeginS,
		"window.end_s": d.Window.EndS, "counts.last_ok_s": d.Counts.LastOKS, "counts.time_in_window_s": d.Counts.TimeInWindowS,
	} {
		if name != "clock_step_s" && s < 0 || math.Abs(s) > maxSeconds {
			return fmt.Errorf("%s is %g; allowed: a number from 0 to %d", name, s, maxSeconds)
		}
	}
	for name, n := range map[string]int64{
		"counts.in_window": d.Counts.InWindow, "counts.ok_in_window": d.Counts.OKInWindow,
		"counts.skewed": d.Counts.Skewed, "counts.warmup_sent": d.Counts.Warmup,
	} {
		if n < 0 || n > most {
			return notACount(name, n)
		}
	}
	for name, n := range d.Requests {
		if n < 0 || n > most {
			return notACount("requests."+name, n)
		}
	}
	for name, value := range d.Config {
		switch value.(type) {
		case string, float64, bool:
		default:
			return fmt.Errorf("config.%s is %v; allowed: a string, a number, true or false", name, value)
		}
	}
	if d.Started.Year() < 2000 || d.Started.Year() > 9999 {
		return fmt.Errorf("started is %s; allowed: a time since the year 2000", d.Started.Format(time.RFC3339))
	}
	return nil
}

// maxSeconds is beyond every run, and within a time.Duration.
const maxSeconds = 4_000_000_000

func notACount(name string, n int64) error {
	return fmt.Errorf("%s is %d; allowed: a whole number from 0 to %d", name, n, int64(most))
}

// summary returns the run as it was when it was written, apart from details that the report does not have.
func (d *document) summary() (s measure.Summary, err error) {
	totals, err := d.totals()
	if err != nil {
		return s, err
	}
	run := measure.Run{
		Started: d.Started, WindowBegan: seconds(d.Window.BeginS), WindowEnded: seconds(d.Window.EndS),
		Finished: seconds(d.Window.BeginS) + seconds(d.TotalTimeS), ClockStep: seconds(d.ClockStepS),
		Totals: totals, Warmup: &measure.Totals{}, Dropped: d.Requests["dropped"], Unconnected: d.Requests["dropped_no_connection"],
	}
	run.Warmup.Outcomes[measure.OK] = d.Counts.Warmup // how they ended is not known
	run.Concurrency, run.Rate = int(min(d.number("concurrency"), 1e9)), d.number("rate")
	w := run.Window()
	if stored := seconds(d.DurationS); (w.Length-stored).Abs() > time.Microsecond || w.OK != d.OKInWindow || w.Steady != d.Window.Steady {
		return s, fmt.Errorf("duration_s is %g with %d ok replies; allowed: %g with %d, as window and counts have it",
			d.DurationS, d.OKInWindow, w.Length.Seconds(), w.OK)
	}
	s = measure.Summary{
		Run: run, TotalTime: run.Finished - run.WindowBegan, Window: w, QPS: w.QPS(), InFlight: d.InFlight,
		CPU: d.CPU, Verdict: d.Verdict, Origin: measure.Origin{Version: d.Version, Host: d.HostBootID},
	}
	s.Verdict.Reasons = slices.DeleteFunc(s.Verdict.Reasons, func(reason string) bool { return reason == "" }) // they say nothing
	d.B.addTo(&s)
	for _, name := range slices.Sorted(maps.Keys(d.Config)) {
		s.Config = append(s.Config, measure.Setting{Name: strings.ToUpper(name), Value: d.Config[name]})
	}
	return s, nil
}

// totals compares the counts with each other, and with the histograms.
func (d *document) totals() (*measure.Totals, error) {
	t := &measure.Totals{
		InWindow: d.Counts.InWindow, OKInWindow: d.Counts.OKInWindow, TimeInWindow: seconds(d.Counts.TimeInWindowS),
		LastOK: seconds(d.Counts.LastOKS), Skewed: d.Counts.Skewed,
		TSDiff: d.Histograms.TSDiff.Histogram, Latency: d.Histograms.Latency.Histogram, Lag: d.Histograms.Lag.Histogram,
	}
	for o := range t.Outcomes {
		t.Outcomes[o] = d.Requests[measure.Outcome(o).String()]
	}
	ok, dropped := t.Outcomes[measure.OK], d.Requests["dropped"]
	for _, c := range []struct {
		field     string
		got, want int64
	}{
		{"requests.sent", d.Requests["sent"], t.Sent()},
		{"requests.dropped_no_connection", d.Requests["dropped_no_connection"], min(d.Requests["dropped_no_connection"], dropped)},
		{"histograms.latency.count", t.Latency.Count(), ok},
		{"histograms.ts_diff.count", t.TSDiff.Count(), ok - t.Skewed},
		{"histograms.schedule_lag.count", t.Lag.Count(), min(t.Lag.Count(), 1) * t.Sent()},
	} {
		if c.got != c.want {
			return nil, fmt.Errorf("%s is %d; allowed: %d, as the other counts have it", c.field, c.got, c.want)
		}
	}
	for _, cause := range d.Errors {
		if cause.Count < 0 || cause.Count > most {
			return nil, notACount("errors.count", cause.Count)
		}
		t.AddCause(cause)
	}
	return t, nil
}

// number is 0 if the setting is no number that a run can have.
func (d *document) number(setting string) float64 {
	n, _ := d.Config[setting].(float64)
	return max(n, 0)
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }
