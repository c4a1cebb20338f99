package measure

import "math"

// InFlightSamples averages the number of requests in flight, sampled at random times. The zero value is
// empty. Not safe for concurrent use.
type InFlightSamples struct {
	Count      int
	sum, sumSq float64
}

// Add records one sample.
func (f *InFlightSamples) Add(n int) {
	f.Count++
	f.sum += float64(n)
	f.sumSq += float64(n) * float64(n)
}

// Mean is 0 without samples.
func (f *InFlightSamples) Mean() float64 { return f.sum / float64(max(f.Count, 1)) }

// Error is the sampling error of Mean: three standard errors.
func (f *InFlightSamples) Error() float64 {
	n := float64(max(f.Count, 1))
	variance := f.sumSq/n - f.Mean()*f.Mean()
	return 3 * math.Sqrt(max(variance, 0)/n)
}
