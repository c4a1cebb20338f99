package measure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// muchAway is the share of the window without B beyond which QPS and latencies no longer describe B.
const muchAway = 0.01

// settingsChanged: figures that mix two settings describe neither. QUEUE_LIMIT affects only a B that refuses requests.
func settingsChanged(r Run, c Conditions) (finding, bool) {
	changes := c.Timeline.in(r, Changed)
	switch {
	case len(changes) == 0:
		return finding{}, false
	case queueRefused(r.Totals)+queueRefused(r.Warmup) == 0 && !slices.ContainsFunc(changes, Change.ofMoreThanTheLimit):
		return finding{reason: when(r, changes) + ": no queue was full before or after, so no figure depends on it"}, true
	}
	return finding{true, LimitUnknown, when(r, changes) + ", so the figures mix both settings: run again"}, true
}

func (c Change) ofMoreThanTheLimit() bool { return !strings.HasPrefix(c.What, "QUEUE_LIMIT ") }

// settingsDiffer: so do figures of instances with different settings, which may be on purpose. It yields to settingsChanged.
func settingsDiffer(r Run, c Conditions) (finding, bool) {
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(c.Server.Settings)) {
		if value := c.Server.Settings[name]; strings.Contains(value, ", ") {
			differ = append(differ, fmt.Sprintf("%s (%s)", strings.ToUpper(name), value))
		}
	}
	return finding{reason: fmt.Sprintf("the instances of B differ in %s, and the figures mix them: give all the same settings", strings.Join(differ, " and "))},
		len(differ) > 0 && len(c.Timeline.in(r, Changed)) == 0
}

// unlisted: a change that is not listed may be one that matters, unless one of those listed does.
func unlisted(r Run, c Conditions) (finding, bool) {
	return finding{true, LimitUnknown, fmt.Sprintf("B changed %d times: find out why, and run again", len(c.Timeline.Changes)+c.Timeline.More)}, c.Timeline.More > 0 && len(c.Timeline.in(r, Changed, Joined, Left)) == 0
}

// instancesChanged: figures that mix two numbers of instances describe neither.
func instancesChanged(r Run, c Conditions) (finding, bool) {
	changes := c.Timeline.in(r, Joined, Left)
	if len(changes) == 0 {
		return finding{}, false
	}
	return finding{true, LimitUnknown, when(r, changes) + ", so the figures mix different numbers of instances: run again"}, true
}

// away: a short restart does not spoil a run of an hour, but it is always reported.
func away(r Run, c Conditions) (finding, bool) {
	changes := c.Timeline.in(r, Restarted, Away)
	if len(changes) == 0 {
		return finding{}, false
	}
	share := awayShare(r, changes)
	if share <= muchAway {
		return finding{reason: when(r, changes) + ", at most 1 % of the run"}, true
	}
	return finding{true, LimitUnknown, fmt.Sprintf("%s, up to %.0f %% of the run: find out why, and run again", when(r, changes), 100*share)}, true
}

// awayShare is the share of the window without B. Restarts and absences overlap, so the larger sum counts.
func awayShare(r Run, changes []Change) float64 {
	began := r.Started.Add(r.WindowBegan)
	length := r.Window().Length
	lost := map[ChangeKind]float64{}
	for _, c := range changes {
		from, to := max(c.At.Sub(began), 0), min(c.At.Sub(began)+c.Length, length)
		lost[c.Kind] += c.Share * max(to-from, 0).Seconds()
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
	case c.Server.Instances == 0 || r.Totals.Outcomes[OK] == 0 || len(c.Timeline.in(r, Away, Left)) > 0:
		return finding{}, false
	case c.B == nil:
		return finding{reason: fmt.Sprintf("B's metrics came too late for a window of %.3f s, so its figures are missing: raise REQUESTS or DURATION",
			length.Seconds())}, true
	case c.B.MissesMuch(length):
		return finding{reason: fmt.Sprintf("B's metrics could not be read for %s of the window of %s, so its figures leave that out, its CPU and that of others are unknown, and it may have changed unnoticed",
			seconds(c.B.Missing), seconds(length))}, true
	}
	return finding{reason: fmt.Sprintf("a window of %.3f s is too short to measure B's CPU, because the kernel counts it in steps of 10 ms: raise REQUESTS or DURATION",
		length.Seconds())}, c.CPU.BCores == nil && length < 3*MinCPUTime
}
