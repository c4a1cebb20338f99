package measure

import "fmt"

// CPU is the CPU used over the window, in the terms of top. Nil means unknown.
type CPU struct {
	ACores          *float64 `json:"a_cores"` // CPU seconds per second
	BCores          *float64 `json:"b_cores"`
	OthersCores     *float64 `json:"others_cores"`      // all other programs on the host; see Others
	HostBusyPercent *float64 `json:"host_busy_percent"` // us + sy + ni + hi + si, of all the host's time
	StealPercent    *float64 `json:"steal_percent"`     // st: taken by other virtual machines
	HostCores       *float64 `json:"host_cores"`
	AMicrosPerReq   *float64 `json:"a_us_per_request"` // CPU microseconds of A per reply
}

// othersNoise is how far A and B may seem to use more CPU than the whole host, in shares of the host: the kernel
// counts the host's time in ticks, and that of processes exactly.
const othersNoise = 0.05

// Others returns the cores used by everything except A and B. It is nil unless all of B runs on A's host and all
// figures were read and fit together.
func (c CPU) Others(sameHost bool) *float64 {
	if !sameHost || c.ACores == nil || c.BCores == nil || c.HostBusyPercent == nil || c.HostCores == nil {
		return nil
	}
	others := *c.HostBusyPercent/100**c.HostCores - *c.ACores - *c.BCores
	if others < -othersNoise**c.HostCores {
		return nil
	}
	return new(max(others, 0))
}

// full reports that the host had no CPU left.
func (c CPU) full() bool { return c.used() >= hostFull }

// used is the percentage of the host's time that was neither idle nor spent waiting for disks.
func (c CPU) used() float64 { return orZero(c.HostBusyPercent) + orZero(c.StealPercent) }

// busy says in words how the host's time was used.
func (c CPU) busy() string {
	text := fmt.Sprintf("%.0f %% busy", orZero(c.HostBusyPercent))
	if steal := orZero(c.StealPercent); steal >= 1 {
		text += fmt.Sprintf(", %.0f %% steal", steal)
	}
	return text
}

// ofHost is cores as a percentage of the host; 0 if it is unknown.
func (c CPU) ofHost(cores *float64) float64 {
	if cores == nil || orZero(c.HostCores) == 0 {
		return 0
	}
	return 100 * *cores / *c.HostCores
}

func orZero(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}
