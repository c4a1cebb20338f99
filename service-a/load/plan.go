// Package load sends requests to a target. A Plan says when requests are due, a Runner's workers send
// them, and each worker's client turns a call into one measure.Sample.
package load

import (
	"math"
	"time"
)

// Plan says when requests are due and when sending ends. Instants are offsets from the start of
// the run. Requests and Duration count from the end of the warm-up.
type Plan struct {
	Rate     float64       // requests per second, by the clock; 0 = closed loop: as fast as replies come
	Requests int64         // 0 = no limit
	Duration time.Duration // 0 = no limit
	Warmup   time.Duration // sent as well, but not measured
}

// Forever is later than any run.
const Forever time.Duration = math.MaxInt64

// OpenLoop reports whether requests are due by the clock.
func (p Plan) OpenLoop() bool { return p.Rate > 0 }

// Due returns when request n (from 0) is due in an open loop. It counts from the start, so rounding does not add up.
func (p Plan) Due(n int64) time.Duration {
	due := float64(n) / p.Rate * float64(time.Second)
	if due >= float64(Forever) {
		return Forever
	}
	return time.Duration(math.Round(due))
}

// End returns when Duration stops sending.
func (p Plan) End() time.Duration {
	if p.Duration == 0 {
		return Forever
	}
	return p.Warmup + p.Duration
}

// Warming reports whether a request that is due then belongs to the warm-up.
func (p Plan) Warming(due time.Duration) bool { return due < p.Warmup }

// Slots returns the number of requests that an open loop's schedule holds, the warm-up included.
func (p Plan) Slots() int64 {
	if p.Requests == 0 {
		return math.MaxInt64
	}
	n := int64(p.Warmup.Seconds() * p.Rate)
	for p.Warming(p.Due(n)) {
		n++
	}
	return n + p.Requests
}
