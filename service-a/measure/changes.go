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
	Came      ChangeKind = "came"      // there is one more instance
	Went      ChangeKind = "went"      // there is one less
	Away      ChangeKind = "away"      // no instance answered, neither A's requests nor its questions
)

// Change is something that happened to B during a run.
type Change struct {
	Kind   ChangeKind
	At     time.Time     // Restarted, Away, Went: the last sign of life before
	Length time.Duration // Restarted, Away: how long it was away since then, at most
	Share  float64       // Restarted, Away: of B's instances
	What   string        // such as "BATCH_SIZE changed from 20 to 10"
}

// maxChanges bounds the memory for changes.
const maxChanges = 100

// Timeline lists the changes of B in the order in which they were noticed. The zero value is empty. Not safe
// for concurrent use.
type Timeline struct {
	Changes []Change
	More    int // noticed when the list was full
}

// Add appends c. A change of a setting that reaches several instances counts once.
func (t *Timeline) Add(c Change) {
	if c.Kind == Changed && t.has(c) {
		return
	}
	if len(t.Changes) == maxChanges {
		t.More++
		return
	}
	t.Changes = append(t.Changes, c)
}

// Extend adds an absence, or replaces the entry of the same absence when it was shorter.
func (t *Timeline) Extend(away Change) {
	for i, known := range t.Changes {
		if known.Kind == Away && known.At.Equal(away.At) {
			t.Changes[i] = away
			return
		}
	}
	t.Add(away)
}

// sameChange is enough time for changing all instances one after the other.
const sameChange = 3 * time.Second

// has reports whether t lists the same change at about the same time.
func (t Timeline) has(c Change) bool {
	return slices.ContainsFunc(t.Changes, func(known Change) bool {
		return c.What == known.What && c.At.Sub(known.At).Abs() < sameChange
	})
}

// Restarts is the number of restarts.
func (t Timeline) Restarts() (n int) {
	for _, c := range t.Changes {
		if c.Kind == Restarted {
			n++
		}
	}
	return n
}

// in returns the changes of some kinds that touch the window of a run.
func (t Timeline) in(r Run, kinds ...ChangeKind) (during []Change) {
	began, ended := r.Started.Add(r.WindowBegan), r.Started.Add(r.WindowBegan+r.Window().Length)
	for _, c := range t.Changes {
		for _, kind := range kinds {
			if c.Kind == kind && c.At.Before(ended) && !c.At.Add(c.Length).Before(began) {
				during = append(during, c)
			}
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
