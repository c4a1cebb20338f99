package measure

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"batchlab/service-b/api"
)

// shortRun is the number of requests for each worker below which the ramp-up weighs on QPS.
const shortRun = 10

// dropShare returns n as a share of the requests due. It matters, whatever the cause, if too many were dropped, and n
// are too many alone or at least half of those.
func (r Run) dropShare(n int64) (share float64, many bool) {
	due := float64(r.Totals.Sent() + r.Dropped)
	share = float64(n) / due
	matters := share > manyDropped || 2*n >= r.Dropped
	return share, n > 0 && matters && float64(r.Dropped)/due > manyDropped
}

// unconnected is apart from dropping, because neither CONCURRENCY nor RATE is the cause.
func unconnected(r Run, _ Conditions) (finding, bool) {
	share, many := r.dropShare(r.Unconnected)
	return finding{invalid: true, reason: fmt.Sprintf("%.1f %% of the requests due were dropped because a worker had no connection to B "+
		"(see the errors): keep B up during the run, and run again", 100*share)}, many
}

// draining counts the busy replies of a B that was shutting down.
func draining(t *Totals) (n int64) {
	for _, c := range t.causes {
		if c.Outcome == Busy && strings.HasSuffix(c.Name, " "+api.CodeDraining) {
			n += c.Count
		}
	}
	return n
}

// queueRefused counts the others, which a full queue refused.
func queueRefused(t *Totals) int64 { return t.Outcomes[Busy] - draining(t) }

// shuttingDown is silent if a change of B has already said why.
func shuttingDown(r Run, c Conditions) (finding, bool) {
	n := draining(r.Totals)
	return finding{reason: fmt.Sprintf("B was shutting down and refused %d of %d requests (%.1f %%): keep B up during the run, and run again",
		n, r.Totals.Sent(), 100*float64(n)/float64(r.Totals.Sent()))}, n > 0 && len(c.Timeline.in(r, Restarted, Left, Away)) == 0
}

// tooShort does not apply to an open loop, which has no ramp-up: its first requests are due like all others.
func tooShort(r Run, _ Conditions) (finding, bool) {
	sent := r.Totals.Sent()
	return finding{reason: fmt.Sprintf("only %d requests were measured, fewer than %d x CONCURRENCY %d, so the start and the end of the run distort QPS: raise REQUESTS or DURATION",
		sent, shortRun, r.Concurrency)}, r.Rate == 0 && r.Totals.Outcomes[OK] > 0 && sent < shortRun*int64(r.Concurrency)
}

func beyondHistogram(r Run, _ Conditions) (finding, bool) {
	longest := max(r.Totals.Latency.max, r.Totals.Lag.max)
	return finding{reason: fmt.Sprintf("the longest latency or lag was %s, but percentiles end at %g minutes, so one of that length means at least that", longest, MaxDuration.Minutes())},
		longest > MaxDuration
}

// clockNoise is the tolerance of comparing figures of different clocks.
const clockNoise = time.Millisecond

// clockAhead compares each figure of ts_diff with that of latency. No ts_diff exceeds the latency of its request, so no
// percentile does. A B whose clock is ahead by less than the way back goes unnoticed.
func clockAhead(r Run, _ Conditions) (finding, bool) {
	latency := maps.Collect(r.Totals.Latency.Figures())
	var ahead time.Duration
	for figure, d := range r.Totals.TSDiff.Figures() {
		if tolerated := latency[figure] + clockNoise + latency[figure]/1000; d > tolerated {
			ahead = max(ahead, d-latency[figure])
		}
	}
	return finding{reason: fmt.Sprintf("ts_diff was up to %s longer than the latency, which cannot be, so the clock of B is ahead of A's: compare latency, and synchronize the clocks",
		ahead.Round(time.Millisecond))}, ahead > 0 && r.Totals.Skewed == 0
}
