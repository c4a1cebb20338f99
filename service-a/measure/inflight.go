package measure

import "math"

// InFlight is how many requests were seen in flight at times chosen at random. The zero value is
// empty. Not safe for concurrent use.
type InFlight struct {
	Samples    int
	sum, sumSq float64
}

// Add counts one look.
func (f *InFlight) Add(n int) {
	f.Samples++
	f.sum += float64(n)
	f.sumSq += float64(n) * float64(n)
}

// Mean is 0 when there was no look.
func (f *InFlight) Mean() float64 { return f.sum / float64(max(f.Samples, 1)) }

// Error is how far Mean may be from the truth, since only some instants were looked at: three
// standard errors.
func (f *InFlight) Error() float64 {
	n := float64(max(f.Samples, 1))
	variance := f.sumSq/n - f.Mean()*f.Mean()
	return 3 * math.Sqrt(max(variance, 0)/n)
}
