package measure

import (
	"fmt"
	"strings"
	"time"
)

const (
	hostFull      = 95.0 // percent of the host's processors
	workersBusy   = 95.0 // percent of the AI workers' time
	generatorBusy = 0.90 // of the CPU that A may use
	lateLag       = 0.10 // p99 lag / median latency
	manyDropped   = 0.01 // of the requests due
	manyRefused   = 0.01 // of the requests sent
	littleApart   = 0.05 // of the requests in flight
)

func (c Conditions) hostFull() bool {
	return c.CPU.HostBusyPercent != nil && *c.CPU.HostBusyPercent >= hostFull
}

func nothingSucceeded(r Run, _ Conditions) (finding, bool) {
	return finding{invalid: true, reason: "no request succeeded, so there is nothing to measure: see the errors below"},
		r.Totals.Outcomes[OK] == 0
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
	return finding{invalid: true, reason: fmt.Sprintf("requests/s x mean latency is %.1f, but %.1f requests were in flight; by Little's law they are equal (5 %% is tolerated), "+
		"so latencies are unreliable: give service-a more CPU and run again", *f.Derived, *f.Sampled)}, true
}

// late, dropping and generatorFull detect that A is the bottleneck. An open loop behind its schedule did
// not apply the load that it reports.
func late(r Run, _ Conditions) (finding, bool) {
	lag, median := r.Totals.Lag.Percentile(99), r.Totals.Latency.Percentile(50)
	return finding{true, LimitGenerator, fmt.Sprintf("requests were sent late (p99 schedule lag %.3f ms exceeds 10 %% of the median latency %.3f ms): lower RATE, or give service-a more CPU",
		1000*lag.Seconds(), 1000*median.Seconds())}, r.Rate > 0 && r.Totals.Outcomes[OK] > 0 && float64(lag) > lateLag*float64(median)
}

func dropping(r Run, _ Conditions) (finding, bool) {
	share, many := r.dropShare(r.Dropped - r.Unconnected)
	return finding{true, LimitGenerator, fmt.Sprintf("%.1f %% of the requests due were dropped because CONCURRENCY %d were already in flight: raise CONCURRENCY, or lower RATE to what B can serve",
		100*share, r.Concurrency)}, many
}

// generatorFull requires both: A uses nearly all the CPU available to it, and it cannot get more.
func generatorFull(r Run, c Conditions) (finding, bool) {
	used := c.CPU.ACores
	if used == nil || c.MayUse == 0 || *used < generatorBusy*c.MayUse {
		return finding{}, false
	}
	limited := c.HostCores == 0 || c.MayUse < c.HostCores
	return finding{r.Rate > 0, LimitGenerator, fmt.Sprintf("service-a used %.2f of the %.2f cores available to it, so it was the bottleneck: give it more CPU, or run it on another machine",
		*used, c.MayUse)}, limited || c.hostFull()
}

func cannotFill(r Run, c Conditions) (finding, bool) {
	return finding{reason: c.Server.Warning(r.Concurrency)}, c.Server.CannotFill(r.Concurrency)
}

// cpuFull yields to generatorFull. If nothing succeeded, something other than this load saturates the host.
func cpuFull(r Run, c Conditions) (finding, bool) {
	if _, byA := generatorFull(r, c); byA || r.Totals.Outcomes[OK] == 0 || !c.hostFull() {
		return finding{}, false
	}
	return finding{limit: LimitCPU, reason: fmt.Sprintf("the host's CPU was saturated (%.0f %% busy), which is the goal: now compare settings by QPS and ts_diff",
		*c.CPU.HostBusyPercent)}, true
}

func workersFull(_ Run, c Conditions) (finding, bool) {
	if c.B == nil || c.B.AIBusyPercent < workersBusy {
		return finding{}, false
	}
	advice := ": raise AI_WORKERS"
	if c.hostFull() {
		advice = "" // no CPU is left for more workers
	}
	return finding{limit: LimitWorkers, reason: fmt.Sprintf("B's AI workers were busy %.0f %% of the time%s", c.B.AIBusyPercent, advice)}, true
}

func queueFull(r Run, _ Conditions) (finding, bool) {
	share := float64(r.Totals.Outcomes[Busy]-draining(r.Totals)) / float64(max(r.Totals.Sent(), 1))
	return finding{limit: LimitQueue, reason: fmt.Sprintf("B's queue was full and it rejected %.1f %% of the requests as busy: lower CONCURRENCY or RATE, or raise QUEUE_LIMIT", 100*share)},
		share > manyRefused
}

func clocksApart(r Run, _ Conditions) (finding, bool) {
	return finding{reason: fmt.Sprintf("%d replies had a ts_diff below 0 or above %s and are excluded from it: the clocks of A and B disagree", r.Totals.Skewed, MaxDuration)},
		r.Totals.Skewed > 0
}

// unlimited says what to do when no resource was saturated.
func unlimited(r Run, c Conditions) finding {
	if r.Totals.Outcomes[OK] == 0 {
		return finding{limit: LimitUnknown}
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
	advice := "raise CONCURRENCY for more QPS"
	if r.Rate > 0 {
		advice = "B can serve a higher RATE"
	}
	return finding{limit: LimitNone, reason: fmt.Sprintf("no resource was saturated (CPU %.0f %%, AI workers %.0f %%): %s",
		*c.CPU.HostBusyPercent, c.B.AIBusyPercent, advice)}
}
