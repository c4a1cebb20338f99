package measure

import "math"

// Flight is the mean number of requests in flight over the window, obtained in two ways. By Little's
// law they are equal, so any difference is a measurement error. Nil means unknown.
type Flight struct {
	Seen     *float64 // sampled at random times
	ByLittle *float64 // requests per second x their mean time in flight
}

// fewLooks is the least number of samples that is enough: about one second of them. In a shorter
// run the ramp-up weighs too much, and the sampler itself may be starved during it.
const fewLooks = 250

// flight counts only the part of each request's time that lies within the window. Counting requests
// at its edges in full would bias a short run.
func flight(r Run, w Window, seen InFlight) Flight {
	if !w.Steady || w.Length <= 0 || seen.Samples < fewLooks {
		return Flight{}
	}
	return Flight{
		Seen:     new(seen.Mean()),
		ByLittle: new((r.Totals.Open + r.Warmup.Open).Seconds() / w.Length.Seconds()),
	}
}

// apart is the relative difference between the two beyond the sampling error.
func (f Flight) apart(seen InFlight) float64 {
	if f.Seen == nil || *f.Seen == 0 {
		return 0
	}
	return max(math.Abs(*f.ByLittle-*f.Seen)-seen.Error(), 0) / *f.Seen
}
