package batch

import (
	"math"
	"time"
)

// rateWindow is the time constant of drainRate: a request served this long ago weighs 1/e.
const rateWindow = 2 * time.Second

// drainRate estimates how many requests per second are served while calls are active: an exponentially
// weighted mean over busy time. The zero value knows no rate yet.
type drainRate struct {
	served float64       // weighted requests
	span   float64       // weighted seconds
	last   time.Duration // the end of the counted time
}

// skip leaves out the time until now, when no call was active.
func (r *drainRate) skip(now time.Duration) { r.last = now }

// add counts n requests served between the last call and now.
func (r *drainRate) add(now time.Duration, n int) {
	elapsed := (now - r.last).Seconds()
	decay := math.Exp(-elapsed / rateWindow.Seconds())
	weighted := rateWindow.Seconds() * (1 - decay) // elapsed, with its recent end weighing most
	share := 1.0
	if elapsed > 0 {
		share = weighted / elapsed // they were served evenly over elapsed, not all at its end
	}
	r.served = r.served*decay + float64(n)*share
	r.span = r.span*decay + weighted
	r.last = now
}

// timeFor is how long n requests take at the rate seen so far; 0 if no rate is known.
func (r drainRate) timeFor(now time.Duration, n int) time.Duration {
	if r.served < 1e-9 || n == 0 {
		return 0
	}
	seconds := float64(n) * r.span / r.served
	estimate := time.Duration(min(seconds*float64(time.Second), math.MaxInt64/2))
	return max(estimate, now-r.last) // no call has ended for that long, so the next may take as long
}
