package measure

import (
	"fmt"
	"time"
)

// muchAway is the share of the window without B from which on QPS and latencies are not those of B.
const muchAway = 0.01

// settingsChanged: figures that mix two settings describe neither.
func settingsChanged(r Run, c Conditions) (finding, bool) {
	changes := c.Timeline.in(r, Changed)
	if len(changes) == 0 {
		return finding{}, false
	}
	return finding{true, LimitUnknown, when(r, changes) + ": the figures mix both settings: run again"}, true
}

// instancesChanged: so do figures that mix two numbers of instances.
func instancesChanged(r Run, c Conditions) (finding, bool) {
	changes := c.Timeline.in(r, Came, Went)
	if len(changes) == 0 {
		return finding{}, false
	}
	return finding{true, LimitUnknown, when(r, changes) + ": the figures mix different numbers of instances: run again"}, true
}

// away: a restart is seldom worth a new run of an hour, but always worth a line.
func away(r Run, c Conditions) (finding, bool) {
	changes := c.Timeline.in(r, Restarted, Away)
	if len(changes) == 0 {
		return finding{}, false
	}
	share := awayShare(r, changes)
	if share <= muchAway {
		return finding{reason: when(r, changes) + ": at most 1 % of the run is affected"}, true
	}
	return finding{true, LimitUnknown, fmt.Sprintf("%s: B was away for up to %.0f %% of the run: find out why, and run again", when(r, changes), 100*share)}, true
}

// awayShare is the share of the window without B. Restarts and the time without an answer overlap, so the larger sum counts.
func awayShare(r Run, changes []Change) float64 {
	began := r.Started.Add(r.WindowBegan)
	length := r.Window().Length
	lost := map[ChangeKind]float64{}
	for _, c := range changes {
		from, to := max(c.At.Sub(began), 0), min(c.At.Sub(began)+c.Length, length)
		lost[c.Kind] += c.Share * (to - from).Seconds()
	}
	return max(lost[Restarted], lost[Away]) / max(length, time.Nanosecond).Seconds()
}

// when says what happened first, with the time since the run started.
func when(r Run, changes []Change) string {
	first := changes[0]
	at := first.At.Sub(r.Started)
	text := fmt.Sprintf("%s at %s", first.What, seconds(at))
	switch first.Kind {
	case Restarted:
		text += fmt.Sprintf(" and was away for up to %s", seconds(first.Length))
	case Away:
		text = fmt.Sprintf("%s from %s to %s", first.What, seconds(at), seconds(at+first.Length))
	}
	if more := len(changes) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// unreadB explains missing figures of a B that answers.
func unreadB(r Run, c Conditions) (finding, bool) {
	length := r.Window().Length
	switch {
	case c.Server.Instances == 0 || r.Totals.Outcomes[OK] == 0 || len(c.Timeline.in(r, Away, Went)) > 0:
		return finding{}, false
	case c.B == nil:
		return finding{reason: fmt.Sprintf("B's metrics answered too slowly for a window of %s, so its figures are missing: raise REQUESTS or DURATION",
			length.Round(time.Millisecond))}, true
	}
	return finding{reason: fmt.Sprintf("the window of %s is too short to tell the CPU of B, which the kernel counts in steps of 10 ms: raise REQUESTS or DURATION",
		length.Round(time.Millisecond))}, c.CPU.BCores == nil && length < 3*MinCPUTime
}
