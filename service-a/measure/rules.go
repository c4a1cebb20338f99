package measure

import (
	"fmt"
	"strings"
	"time"
)

const (
	workersBusy  = 95.0             // percent of the AI workers' time
	lateLag      = 0.10             // p99 lag / median latency
	lateLagFloor = time.Millisecond // p99 lag below this is never late
	manyDropped  = 0.01             // of the requests due
	manyRefused  = 0.01             // of the requests sent
	littleApart  = 0.05             // of the requests in flight
	mostFailed   = 50.0             // percent of the requests
)

func nothingSucceeded(r Run, _ Conditions) (finding, bool) {
	reason := "no request succeeded, so there is nothing to measure: see the errors below"
	switch sent := r.Totals.Sent(); {
	case sent == 0:
		reason = "no request was sent after the warm-up, so there is nothing to measure"
	case r.Totals.NotOK() == 0:
		reason = fmt.Sprintf("no batch was full when sending stopped, so all %d requests were left over: send more, or lower BATCH_SIZE", sent)
	}
	return finding{invalid: true, reason: reason}, r.Totals.Outcomes[OK] == 0
}

// mostlyFailed: percentiles of a few survivors describe neither the load nor B.
func mostlyFailed(r Run, _ Conditions) (finding, bool) {
	share := r.Totals.FailedPercent()
	return finding{invalid: true, reason: fmt.Sprintf("%.1f %% of the requests failed, so the figures describe only those that succeeded: see the errors below", share)},
		r.Totals.Outcomes[OK] > 0 && share > mostFailed
}

// clockStepped tolerates slewing, which is at most 0.05 %.
func clockStepped(r Run, _ Conditions) (finding, bool) {
	return finding{invalid: true, reason: fmt.Sprintf("the clock stepped by %s during the run, so ts_diff is unreliable: run again", r.ClockStep)},
		r.ClockStep.Abs() > 50*time.Millisecond+r.Finished/1000
}

func littleBroken(r Run, c Conditions) (finding, bool) {
	f := littlesLaw(r, r.Window(), c.InFlight)
	if r.Totals.Outcomes[OK] == 0 || f.apart(c.InFlight) <= littleApart {
		return finding{}, false
	}
	return finding{invalid: true, reason: fmt.Sprintf("requests/s x mean latency is %.1f, but %.1f requests were in flight; by Little's law these are equal, "+
		"so latencies are unreliable: give service-a more CPU and run again", *f.Derived, *f.Sampled)}, true
}

// late and dropping: an open loop behind its schedule did not apply the load that it reports. Its limit is whatever was
// saturated, or generator if requests were late and nothing was (see unlimited).
func late(r Run, _ Conditions) (finding, bool) {
	lag, median := r.Totals.Lag.Percentile(99), r.Totals.Latency.Percentile(50)
	isLate := lag > lateLagFloor && float64(lag) > lateLag*float64(median)
	return finding{invalid: true, reason: fmt.Sprintf("requests were sent late (p99 schedule lag %.3f ms exceeds 10 %% of the median latency %.3f ms): lower RATE, or give service-a more CPU",
		1000*lag.Seconds(), 1000*median.Seconds())}, r.Rate > 0 && r.Totals.Outcomes[OK] > 0 && isLate
}

func dropping(r Run, _ Conditions) (finding, bool) {
	share, many := r.dropShare(r.Dropped - r.Unconnected)
	return finding{invalid: true, reason: fmt.Sprintf("%.1f %% of the requests due were dropped because CONCURRENCY %d were already in flight: raise CONCURRENCY, or lower RATE to what B can serve",
		100*share, r.Concurrency)}, many
}

func cannotFill(r Run, c Conditions) (finding, bool) {
	return finding{reason: c.Server.Warning(r.Concurrency)}, c.Server.CannotFill(r.Concurrency)
}

func workersFull(r Run, c Conditions) (finding, bool) {
	if c.B == nil || c.B.AIBusyPercent < workersBusy {
		return finding{}, false
	}
	advice := ": raise AI_WORKERS"
	if _, throttled := serverFull(r, c); throttled || c.CPU.full() {
		advice = "" // no CPU is left for more workers
	}
	return finding{limit: LimitWorkers, reason: fmt.Sprintf("B's AI workers were busy %.0f %% of the time%s", c.B.AIBusyPercent, advice)}, true
}

func queueFull(r Run, _ Conditions) (finding, bool) {
	share := float64(queueRefused(r.Totals)) / float64(r.Totals.Sent())
	return finding{limit: LimitQueue, reason: fmt.Sprintf("B's queue was full and it rejected %.1f %% of the requests as busy: lower CONCURRENCY or RATE, or raise QUEUE_LIMIT", 100*share)},
		share > manyRefused
}

func clocksApart(r Run, _ Conditions) (finding, bool) {
	return finding{reason: fmt.Sprintf("%d replies had a ts_diff below 0 or above %g minutes, which mean ts_diff leaves out, because the clocks of A and B disagree: synchronize them",
			r.Totals.Skewed, MaxDuration.Minutes())},
		r.Totals.Skewed > 0
}

// unlimited says what to do when no resource was saturated.
func unlimited(r Run, c Conditions) finding {
	_, isLate := late(r, c)
	_, drops := r.dropShare(r.Dropped)
	switch {
	case r.Totals.Outcomes[OK] == 0, c.CPU.full(): // cpuFull has said that it cannot tell
		return finding{limit: LimitUnknown}
	case isLate:
		return finding{limit: LimitGenerator}
	case c.CPU.HostBusyPercent == nil && r.Window().Length < MinCPUTime:
		return finding{limit: LimitUnknown, reason: fmt.Sprintf("a window of %.3f s is too short to tell what limited the run: raise REQUESTS or DURATION", r.Window().Length.Seconds())}
	}
	var unread []string
	if c.CPU.HostBusyPercent == nil {
		unread = append(unread, "the host's CPU")
	}
	if c.B == nil {
		unread = append(unread, "B's metrics")
	}
	if len(unread) > 0 {
		return finding{limit: LimitUnknown, reason: "no resource seems saturated, but " + strings.Join(unread, " and ") + " could not be read"}
	}
	advice := ": raise CONCURRENCY for more QPS"
	switch {
	case drops:
		advice = "" // dropping has given it
	case r.Rate > 0:
		advice = ": B can serve a higher RATE"
	}
	return finding{limit: LimitNone, reason: fmt.Sprintf("no resource was saturated (CPU %.0f %%, AI workers %.0f %%)%s",
		*c.CPU.HostBusyPercent, c.B.AIBusyPercent, advice)}
}
