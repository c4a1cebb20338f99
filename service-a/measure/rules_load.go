package measure

import (
	"fmt"
	"strings"

	"batchlab/service-b/api"
)

// shortRun is the number of requests for each worker below which the ramp-up weighs on QPS.
const shortRun = 10

// dropShare is the share of the requests due that n are; many means that too many were dropped for whatever cause.
func (r Run) dropShare(n int64) (share float64, many bool) {
	due := float64(r.Totals.Sent() + r.Dropped)
	return float64(n) / due, n > 0 && float64(r.Dropped)/due > manyDropped
}

// unconnected is apart from dropping, because neither CONCURRENCY nor RATE is the cause.
func unconnected(r Run, _ Conditions) (finding, bool) {
	share, many := r.dropShare(r.Unconnected)
	return finding{invalid: true, reason: fmt.Sprintf("%.1f %% of the requests due were dropped because a worker had no connection: "+
		"B was away, or refused or closed connections (see the errors): keep B up during the run, and run again", 100*share)}, many
}

// draining counts the replies of a B that was shutting down; they are busy.
func draining(t *Totals) (n int64) {
	for _, c := range t.causes {
		if strings.HasSuffix(c.Name, " "+api.CodeDraining) {
			n += c.Count
		}
	}
	return n
}

func shuttingDown(r Run, _ Conditions) (finding, bool) {
	n := draining(r.Totals)
	return finding{reason: fmt.Sprintf("B was shutting down and refused %d of %d requests (%.1f %%): keep B up during the run, and run again",
		n, r.Totals.Sent(), 100*float64(n)/float64(r.Totals.Sent()))}, n > 0
}

// tooShort does not apply to an open loop, which has no ramp-up: its first requests are due like all others.
func tooShort(r Run, _ Conditions) (finding, bool) {
	sent := r.Totals.Sent()
	return finding{reason: fmt.Sprintf("only %d requests were measured, fewer than %d x CONCURRENCY %d, so the start and the end of the run distort QPS: raise REQUESTS or DURATION",
		sent, shortRun, r.Concurrency)}, r.Rate == 0 && r.Totals.Outcomes[OK] > 0 && sent < shortRun*int64(r.Concurrency)
}

func beyondHistogram(r Run, _ Conditions) (finding, bool) {
	longest := max(r.Totals.Latency.max, r.Totals.Lag.max)
	return finding{reason: fmt.Sprintf("the longest latency or lag was %s, but percentiles end at %s: one of that value means \"at least\"", longest, MaxDuration)},
		longest > MaxDuration
}
