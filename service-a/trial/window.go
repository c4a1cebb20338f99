package trial

import (
	"time"

	"batchlab/service-a/measure"
)

// windowReadings chooses the two readings of B that cover the window of a run best. On a busy host a reading may come
// late, when sending has stopped and B is idle, and would show B less busy than it was.
type windowReadings struct {
	began, ended time.Time      // zero = not yet
	first        measure.Server // the first reading asked for in the window
	inside       measure.Server // the last one that arrived in it
	last         measure.Server // the first one asked for after it
}

// add adds the next reading of a B that answered. Readings that lack an instance do not compare with the others.
func (w *windowReadings) add(s measure.Server) {
	if w.began.IsZero() || s.Asked.Before(w.began) || s.Unread > 0 {
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

// between says how much of the window its readings leave out.
func (w *windowReadings) between(ended time.Time, length time.Duration) *measure.Between {
	last := w.choose(ended, length)
	b := last.Between(w.first)
	if b != nil {
		b.Missing = max(length-last.At.Sub(w.first.At), 0)
	}
	if b != nil && b.MissesMuch(length) {
		b.Cores = nil
	}
	return b
}

// choose prefers a reading right at the end to one inside, which leaves out part of the window.
func (w *windowReadings) choose(ended time.Time, length time.Duration) measure.Server {
	late := w.last.At.Sub(ended)
	covered := w.inside.At.Sub(w.first.At)
	switch {
	case w.last.Instances > 0 && late <= length/100:
		return w.last
	case covered >= length/3:
		return w.inside
	case late <= length/20:
		return w.last // empty if there is none
	}
	return measure.Server{}
}
