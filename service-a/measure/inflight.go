package measure

import "math"

// InFlight averages the number of requests in flight, sampled at random times. The zero value is
// empty. Not safe for concurrent use.
type InFlight struct {
	Samples    int
	sum, sumSq float64
}

// Add records one sample.
func (f *InFlight) Add(n int) {
	f.Samples++
	f.sum += float64(n)
	f.sumSq += float64(n) * float64(n)
}

// Mean is 0 without samples.
func (f *InFlight) Mean() float64 { return f.sum / float64(max(f.Samples, 1)) }

// Error is the sampling error of Mean: three standard errors.
func (f *InFlight) Error() float64 {
	n := float64(max(f.Samples, 1))
	variance := f.sumSq/n - f.Mean()*f.Mean()
	return 3 * math.Sqrt(max(variance, 0)/n)
}
