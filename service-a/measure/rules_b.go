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

// mixed: figures that mix two settings, or two numbers of instances, describe neither. QUEUE_LIMIT affects only a B
// that refuses requests.
func mixed(r Run, c Conditions) (finding, bool) {
	changes := c.Timeline.in(r, Changed, Joined, Left)
	switch {
	case len(changes) == 0:
		return finding{}, false
	case queueRefused(r.Totals)+queueRefused(r.Warmup) == 0 && !slices.ContainsFunc(changes, Change.ofMoreThanTheLimit):
		return finding{reason: when(r, changes) + ", but no queue was full before or after, so no figure depends on it"}, true
	case changes[0].Kind == Changed:
		return finding{true, LimitUnknown, when(r, changes) + ", so the figures mix both settings: run again"}, true
	}
	return finding{true, LimitUnknown, when(r, changes) + ", so the figures mix different numbers of instances: run again"}, true
}

func (c Change) ofMoreThanTheLimit() bool { return !strings.HasPrefix(c.What, "QUEUE_LIMIT ") }

// settingsDiffer: instances may have different settings on purpose, so this is a warning. It yields to mixed.
func settingsDiffer(r Run, c Conditions) (finding, bool) {
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(c.Server.Settings)) {
		if value := c.Server.Settings[name]; strings.Contains(value, ", ") {
			differ = append(differ, fmt.Sprintf("%s (%s)", strings.ToUpper(name), value))
		}
	}
	return finding{reason: fmt.Sprintf("the instances of B differ in %s, so the figures mix them: give all the same settings", strings.Join(differ, " and "))},
		len(differ) > 0 && len(c.Timeline.in(r, Changed)) == 0
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
	case c.Server.Instances == 0 || r.Totals.Outcomes[OK] == 0 || len(c.Timeline.in(r, Away, Left)) > 0:
		return finding{}, false
	case c.B == nil:
		return finding{reason: fmt.Sprintf("B's metrics came too late for a window of %.3f s, so its figures are missing: raise REQUESTS or DURATION",
			length.Seconds())}, true
	case c.B.MissesMuch(length):
		return finding{reason: fmt.Sprintf("B's metrics could not be read for %s of the window of %s, so its figures cover only the rest, its CPU and that of others are unknown, and changes may have gone unnoticed: see its log",
			seconds(c.B.Missing), seconds(length))}, true
	}
	return finding{reason: fmt.Sprintf("a window of %.3f s is too short to measure B's CPU, because the kernel counts it in steps of 10 ms: raise REQUESTS or DURATION",
		length.Seconds())}, c.CPU.BCores == nil && length < 3*MinCPUTime
}
