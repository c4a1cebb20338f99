package measure

import "math"

// Flight is the mean number of requests in flight over the window, found in two ways that Little's
// law holds equal: any difference is an error of measurement. Nil is not known.
type Flight struct {
	Seen     *float64 // counted at random times
	ByLittle *float64 // requests per second x their mean time in flight
}

// fewLooks are too few: about a second's. In a shorter run the time until all workers are going
// counts, in which the one who looks may be kept waiting himself.
const fewLooks = 250

// flight compares times in flight as far as they lie within the window: what was in flight at its
// edges would else count too much in a short run.
func flight(r Run, w Window, seen InFlight) Flight {
	if !w.Steady || w.Length <= 0 || seen.Samples < fewLooks {
		return Flight{}
	}
	return Flight{
		Seen:     new(seen.Mean()),
		ByLittle: new((r.Totals.Open + r.Warmup.Open).Seconds() / w.Length.Seconds()),
	}
}

// apart is by which part of what was seen the two differ, beyond what chance explains.
func (f Flight) apart(seen InFlight) float64 {
	if f.Seen == nil || *f.Seen == 0 {
		return 0
	}
	return max(math.Abs(*f.ByLittle-*f.Seen)-seen.Error(), 0) / *f.Seen
}
