package measure

import "math"

// InFlightSamples averages the number of requests in flight. The zero value is empty. Not safe for concurrent use.
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

// LittlesLaw is the mean number of requests in flight over the window, measured in two ways. By the law
// both are equal, so a difference is a measurement error. Nil means unknown.
type LittlesLaw struct {
	Sampled *float64 `json:"mean"`        // sampled at random times
	Derived *float64 `json:"littles_law"` // requests per second x their mean time in flight
}

// minSamples take about a second, longer from 1000 workers on: before that the ramp-up dominates and samples are few.
const minSamples = 250

// littlesLaw counts only the part of each request's time within the window; otherwise short runs would be biased.
func littlesLaw(r Run, w Window, samples InFlightSamples) LittlesLaw {
	if !w.Steady || w.Length <= 0 || samples.Count < minSamples {
		return LittlesLaw{}
	}
	return LittlesLaw{
		Sampled: new(samples.Mean()),
		Derived: new((r.Totals.TimeInWindow + r.Warmup.TimeInWindow).Seconds() / w.Length.Seconds()),
	}
}

// apart is the relative difference between the two, less the sampling error.
func (f LittlesLaw) apart(samples InFlightSamples) float64 {
	if f.Sampled == nil || *f.Sampled == 0 {
		return 0
	}
	return max(math.Abs(*f.Derived-*f.Sampled)-samples.Error(), 0) / *f.Sampled
}
