// Package measure turns samples into figures. Recorder folds samples into counts and histograms of
// constant size; Summarize turns those into a Summary with a Verdict.
package measure

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outcome is how one request ended.
type Outcome uint8

// The outcomes, in display order.
const (
	OK         Outcome = iota // 200 with a ts_diff
	Busy                      // the server's queue is full, or it is draining
	Incomplete                // its batch did not fill in time
	Rejected                  // the server found the request invalid
	Failed                    // the model or the server failed
	Timeout                   // no complete reply within REQUEST_TIMEOUT
	Connection                // connecting failed, or the connection broke
	Malformed                 // the reply could not be parsed
	LeftOver                  // incomplete only because sending had stopped: not a failure
	outcomes
)

var outcomeNames = [outcomes]string{
	"ok", "busy", "incomplete", "rejected", "failed", "timeout", "connection", "malformed", "left_over",
}

// String returns the name used in reports and as a metric label.
func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText implements encoding.TextMarshaler.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("outcome is %q; allowed: %s", text, strings.Join(outcomeNames[:], ", "))
	}
	*o = Outcome(i)
	return nil
}

// Sample is the result of one request. Times are offsets from the start of the run.
type Sample struct {
	Outcome Outcome
	Due     time.Duration // when it should have been sent; in a closed loop, when its worker started it
	End     time.Duration // when its reply was read or the request failed
	Lag     time.Duration // open loop: how long after Due it was sent
	TSDiff  time.Duration // if OK: the server's ts_diff

	Warmup       bool          // sent before the measured window began
	InWindow     bool          // ended within the measured window
	TimeInWindow time.Duration // in flight, from when it was sent until End, within the measured window

	Cause   string // unless OK: the kind of failure, in fixed words
	Example string // unless OK: details of this failure
}

// Latency counts from when the request was due, so that a stall also counts for the requests that it delays.
func (s Sample) Latency() time.Duration { return s.End - s.Due }

// Counts holds one number per outcome, in display order.
type Counts [outcomes]int64
