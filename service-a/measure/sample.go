// Package measure turns samples into figures: it folds them into counts and histograms of
// constant size (Recorder), and those into a Summary with its Verdict.
package measure

import "time"

// Outcome is how one request ended.
type Outcome uint8

// The outcomes, in the order in which they are shown.
const (
	OK         Outcome = iota // 200 with a ts_diff
	Busy                      // the server's queue is full, or it is draining
	Incomplete                // its batch did not fill in time
	Rejected                  // the server finds fault with the request
	Failed                    // the model, or the server, failed
	Timeout                   // no complete reply within REQUEST_TIMEOUT
	Connection                // the connection could not be made, or broke
	Malformed                 // a reply that cannot be understood
	LeftOver                  // incomplete, but only because sending had stopped: no failure
	outcomes
)

var outcomeNames = [outcomes]string{
	"ok", "busy", "incomplete", "rejected", "failed", "timeout", "connection", "malformed", "left_over",
}

// String returns the name used in reports and as a metric label.
func (o Outcome) String() string { return outcomeNames[o] }

// Outcomes lists all outcomes in the order in which they are shown.
func Outcomes() []Outcome {
	all := make([]Outcome, outcomes)
	for i := range all {
		all[i] = Outcome(i)
	}
	return all
}

// Sample is what one request showed. Instants are offsets from the start of the run.
type Sample struct {
	Outcome Outcome
	Due     time.Duration // when it was to be sent; in a closed loop, when its worker began with it
	End     time.Duration // when its reply was read, or given up
	Lag     time.Duration // open loop: how long after Due it was sent
	TSDiff  time.Duration // with OK: the server's ts_diff

	Warmup   bool          // sent before the measured window opened
	InWindow bool          // ended within the measured window
	Open     time.Duration // how much of Due to End lies within the measured window

	Cause   string // unless OK: what went wrong, in the same words each time
	Example string // unless OK: this one's own story
}

// Latency is counted from when the request was due, so that a server that stalls is charged for
// the requests that it kept from being sent.
func (s Sample) Latency() time.Duration { return s.End - s.Due }

// Counts holds a number for each outcome.
type Counts [outcomes]int64
