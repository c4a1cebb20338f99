package measure

import (
	"fmt"
	"slices"
	"time"
)

// ChangeKind says what kind of change happened to B.
type ChangeKind string

// The kinds of changes.
const (
	Changed   ChangeKind = "settings"  // a setting has another value
	Restarted ChangeKind = "restarted" // an instance was replaced by a new process at its address
	Joined    ChangeKind = "joined"    // there is one more instance
	Left      ChangeKind = "left"      // there is one less
	Away      ChangeKind = "away"      // no instance answered requests or showed its metrics
)

// Change is something that happened to B during a run.
type Change struct {
	Kind   ChangeKind
	At     time.Time     // of the last reading before it; Joined: of the first one after it
	Length time.Duration // Restarted, Away: how long it was away after that, at most; Changed: until it reached the last instance
	Share  float64       // Restarted, Away: the share of B's instances
	What   string        // such as "BATCH_SIZE changed from 20 to 10"
}

// Timeline lists the changes of B in the order in which they were noticed. Not safe for concurrent use.
type Timeline []Change

// sameChange is enough time to change all instances, one after the other.
const sameChange = 3 * time.Second

// Add appends c, or replaces the entry of the same absence. A new setting that reaches several instances counts once.
func (t *Timeline) Add(c Change) {
	for i, known := range *t {
		switch apart := c.At.Sub(known.At).Abs(); {
		case c.Kind == Away && known.Kind == Away && apart == 0:
			(*t)[i] = c
			return
		case c.Kind == Changed && known.What == c.What && apart < sameChange:
			(*t)[i].Length = max(known.Length, c.At.Sub(known.At))
			return
		}
	}
	*t = append(*t, c)
}

// Restarts is the number of restarts.
func (t Timeline) Restarts() (n int) {
	for _, c := range t {
		if c.Kind == Restarted {
			n++
		}
	}
	return n
}

// in returns the changes of some kinds that touch the window of a run.
func (t Timeline) in(r Run, kinds ...ChangeKind) (during []Change) {
	began, ended := r.Started.Add(r.WindowBegan), r.Started.Add(r.WindowBegan+r.Window().Length)
	for _, c := range t {
		if slices.Contains(kinds, c.Kind) && c.At.Before(ended) && !c.At.Add(c.Length).Before(began) {
			during = append(during, c)
		}
	}
	return during
}

// String says what happened, and how long it took.
func (c Change) String() string {
	switch c.Kind {
	case Restarted:
		return fmt.Sprintf("%s, away for up to %s", c.What, seconds(c.Length))
	case Away:
		return fmt.Sprintf("%s for %s", c.What, seconds(c.Length))
	}
	return c.What
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
