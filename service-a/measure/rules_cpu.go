package measure

import "fmt"

const (
	hostFull      = 95.0 // percent of the host's time, steal included: what is left is idle or waits for disks
	generatorBusy = 0.90 // of the CPU that A may use
	serverBusy    = 0.95 // of the CPU that B may use
	muchOthers    = 10.0 // percent of the host's time
	tickNoise     = 5.0  // percent of a second of the host's time, because the kernel counts in ticks of 10 ms
	muchSteal     = 10.0 // percent of the host's time
)

// generatorFull requires both: A uses nearly all the CPU available to it, and it cannot get more.
func generatorFull(r Run, c Conditions) (finding, bool) {
	used := c.CPU.ACores
	if used == nil || c.MayUse == 0 || *used < generatorBusy*c.MayUse {
		return finding{}, false
	}
	cores := orZero(c.CPU.HostCores)
	return finding{r.Rate > 0, LimitGenerator, fmt.Sprintf("service-a used %.2f of the %.2f cores available to it, so it was the bottleneck: give it more CPU, or run it on another machine",
		*used, c.MayUse)}, cores == 0 || c.MayUse < cores || c.CPU.full()
}

// serverFull holds if B has a CPU limit below the host's cores, or a host of its own. Otherwise the host is full when B is.
func serverFull(_ Run, c Conditions) (finding, bool) {
	may := c.Server.Cores
	wholeHost := c.Server.SameHost && c.CPU.HostCores != nil && may >= *c.CPU.HostCores
	if c.B == nil || may == 0 || wholeHost || orZero(c.B.Cores) < serverBusy*may {
		return finding{}, false
	}
	limit := "its CPU limit allows"
	if !c.Server.SameHost {
		limit = "its host or its CPU limit allows"
	}
	return finding{limit: LimitCPU, reason: fmt.Sprintf("B used all of the %.2f cores that %s: give it more, or compare settings by QPS and ts_diff", may, limit)}, true
}

// labShare is the percentage of the host's time that A and B used: at least, and at most. Without the figure of the
// others, all the busy time may be B's.
func (c Conditions) labShare() (least, most float64) {
	least = c.CPU.ofHost(c.CPU.ACores)
	if c.Server.SameHost {
		least += c.CPU.ofHost(c.CPU.BCores)
	}
	if c.CPU.OthersCores != nil {
		return least, least
	}
	return least, max(least, orZero(c.CPU.HostBusyPercent))
}

// cpuFull yields to generatorFull. If nothing succeeded, something other than this load saturates the host.
func cpuFull(r Run, c Conditions) (finding, bool) {
	_, byA := generatorFull(r, c)
	return whoFilledCPU(r, c), c.CPU.full() && !byA && r.Totals.Outcomes[OK] > 0
}

// whoFilledCPU credits the lab with a full host only if A and B used at least as much of it as everybody else.
func whoFilledCPU(r Run, c Conditions) finding {
	what := "the host's CPU was saturated (" + c.CPU.busy() + ")"
	least, most := c.labShare()
	share := fmt.Sprintf("%.0f %% of it", least)
	_, crowded := othersBusy(r, c)
	_, robbed := stolen(r, c)
	switch {
	case 2*most < c.CPU.used():
		return finding{limit: LimitOthers, reason: what + ", but service-a and service-b used only " + share}
	case 2*least < c.CPU.used():
		return finding{reason: what + ", but B's CPU on this host is unknown, so other programs may have used it: run again beside top"}
	case c.Server.Cores > 0 && !c.Server.SameHost:
		return finding{limit: LimitGenerator, reason: what + ", but B runs elsewhere, so service-a was the bottleneck: give it more CPU"}
	case crowded || robbed:
		return finding{limit: LimitCPU, reason: what + ", and service-a and service-b used " + share}
	}
	return finding{limit: LimitCPU, reason: what + " by this load: now compare settings by QPS and ts_diff"}
}

func othersBusy(r Run, c Conditions) (finding, bool) {
	share := c.CPU.ofHost(c.CPU.OthersCores)
	return finding{reason: fmt.Sprintf("other programs used %.2f of %g cores (%.0f %%): stop them and run again (Prometheus, Grafana and a second service-a count, too)",
		orZero(c.CPU.OthersCores), orZero(c.CPU.HostCores), share)}, share >= max(muchOthers, tickNoise/r.Window().Length.Seconds())
}

func stolen(_ Run, c Conditions) (finding, bool) {
	share := orZero(c.CPU.StealPercent)
	return finding{reason: fmt.Sprintf("other virtual machines took %.0f %% of this one's CPU (steal): run again when they are quiet, or on a machine of your own",
		share)}, share >= muchSteal
}
