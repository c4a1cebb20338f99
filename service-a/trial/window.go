package trial

import (
	"time"

	"batchlab/service-a/measure"
)

// window chooses two readings of B for a window of a run. A reading can take long on a busy host, and B is idle soon
// after the window, so a late reading at its end would show a B less busy than it was.
type window struct {
	began, ended time.Time      // zero = not yet
	first        measure.Server // the first reading asked for in the window
	inside       measure.Server // the last one that arrived in it
	last         measure.Server // the first one asked for after it
}

func (w *window) begin(at time.Time) { w.began = at }

// end is called again if the window turns out to last longer.
func (w *window) end(at time.Time) { w.ended, w.last = at, measure.Server{} }

// add takes in the next reading of a B that answered.
func (w *window) add(s measure.Server) {
	if w.began.IsZero() || s.Asked.Before(w.began) {
		return
	}
	if w.first.Instances == 0 {
		w.first = s
	}
	switch {
	case w.ended.IsZero() || !s.At.After(w.ended):
		w.inside = s
	case w.last.Instances == 0 && !s.Asked.Before(w.ended):
		w.last = s
	}
}

// between prefers a reading right at the end, then one inside that leaves out part of the window.
func (w *window) between(ended time.Time, length time.Duration) *measure.Between {
	late := w.last.At.Sub(ended)
	covered := w.inside.At.Sub(w.first.At)
	switch {
	case w.last.Instances > 0 && late <= length/100:
		return w.last.Between(w.first)
	case covered >= length/3:
		return w.inside.Between(w.first)
	case late <= length/20:
		return w.last.Between(w.first) // nil if there is none
	}
	return nil
}
