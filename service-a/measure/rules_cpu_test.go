package measure

import (
	"testing"
	"time"
)

// Each rule has rows on both sides of its threshold. The host has two cores.
func TestVerdictOnCPU(t *testing.T) {
	idle := []string{"no resource was saturated"}
	judged(t, []verdictCase{
		{"full", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 1.7, 95) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (95 % busy) by this load: now compare settings"}},
		{"not quite full", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 1.7, 94.9) }, true, LimitNone, idle},
		{"full with steal", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 1.6, 90); c.CPU.StealPercent = new(5.0) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (90 % busy, 5 % steal) by this load"}},
		{"full with hardly any steal", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 1.7, 98); c.CPU.StealPercent = new(1.0) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (98 % busy, 1 % steal) by this load"}},
		{"full, its steal unknown", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 1.7, 99); c.CPU.StealPercent = nil }, true, LimitCPU,
			[]string{"the host's CPU was saturated (99 % busy) by this load"}},
		{"nothing succeeded", func(r *Run, c *Conditions) { r.Totals.Outcomes = Counts{Failed: 5}; c.CPU = cpu(0.2, 1.7, 99) }, false, LimitUnknown,
			[]string{"no request succeeded"}},

		{"others fill the machine", func(r *Run, c *Conditions) { r.Concurrency, c.CPU, c.Server.Partial = 5, cpu(0.01, 0.02, 100), "flush" }, true, LimitOthers,
			[]string{"the host's CPU was saturated (100 % busy), but service-a and service-b used only 2 % of it",
				"other programs used 1.97 of 2 cores (98 %): stop them and run again (Prometheus, Grafana and a second service-a count, too)"}},
		{"others use more than the lab", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 0.79, 100) }, true, LimitOthers,
			[]string{"the host's CPU was saturated (100 % busy), but service-a and service-b used only", "other programs used"}},
		{"others use as much as the lab", func(_ *Run, c *Conditions) { c.CPU = cpu(0.25, 0.75, 100) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (100 % busy), and service-a and service-b used 50 % of it", "other programs used 1.00 of 2 cores (50 %)"}},
		{"others use a quarter", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 1.3, 100) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (100 % busy), and service-a and service-b used 75 % of it", "other programs used 0.50 of 2 cores (25 %)"}},
		{"others use a quarter, and there is more", func(_ *Run, c *Conditions) { c.CPU = cpu(0.1, 0.4, 50) }, true, LimitNone,
			[]string{"other programs used 0.50 of 2 cores (25 %)", "no resource was saturated"}},
		{"others use 10 %", func(_ *Run, c *Conditions) { c.CPU = cpu(0.25, 0.5, 47.6) }, true, LimitNone,
			[]string{"other programs used 0.20 of 2 cores (10 %)", "no resource was saturated"}},
		{"others use exactly 10 %", func(_ *Run, c *Conditions) { c.CPU.OthersCores = new(0.2) }, true, LimitNone,
			[]string{"other programs used 0.20 of 2 cores (10 %)", "no resource was saturated"}},
		{"others use less", func(_ *Run, c *Conditions) { c.CPU = cpu(0.25, 0.5, 47) }, true, LimitNone, idle},
		{"others use 19 % of a quarter of a second", func(r *Run, c *Conditions) {
			r.WindowEnded, c.CPU, c.InFlight = time.Second/4, cpu(0.2, 0.6, 59), few(10)
		}, true, LimitNone, idle},
		{"others use 21 % of a quarter of a second", func(r *Run, c *Conditions) {
			r.WindowEnded, c.CPU, c.InFlight = time.Second/4, cpu(0.2, 0.6, 61), few(10)
		}, true, LimitNone,
			[]string{"other programs used 0.42 of 2 cores (21 %)", "no resource was saturated"}},
		{"others fill the machine, and nothing succeeded", func(r *Run, c *Conditions) { r.Totals.Outcomes = Counts{Timeout: 5}; c.CPU = cpu(0, 0, 100) }, false, LimitUnknown,
			[]string{"no request succeeded", "other programs used 2.00 of 2 cores (100 %)"}},
		{"others fill the machine, and all workers are busy", func(_ *Run, c *Conditions) { c.CPU, c.B.AIBusyPercent = cpu(0, 0.5, 100), 99 }, true, LimitOthers,
			[]string{"the host's CPU was saturated (100 % busy), but service-a and service-b used only", "other programs used", "B's AI workers were busy 99 % of the time"}},

		{"steal", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 0.5, 40); c.CPU.StealPercent = new(10.0) }, true, LimitNone,
			[]string{"other virtual machines took 10 % of this one's CPU (steal): run again when they are quiet", "no resource was saturated"}},
		{"less steal", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 0.5, 40); c.CPU.StealPercent = new(9.9) }, true, LimitNone, idle},
		{"steal fills the machine beside the lab", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 0.9, 55); c.CPU.StealPercent = new(45.0) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (55 % busy, 45 % steal), and service-a and service-b used 55 % of it", "other virtual machines took 45 %"}},
		{"steal takes more than the lab", func(_ *Run, c *Conditions) { c.CPU = cpu(0.2, 0.7, 45); c.CPU.StealPercent = new(55.0) }, true, LimitOthers,
			[]string{"the host's CPU was saturated (45 % busy, 55 % steal), but service-a and service-b used only 45 %", "other virtual machines took 55 %"}},

		{"full, and B unread", func(_ *Run, c *Conditions) { unread(c, 0.2, 99) }, true, LimitUnknown,
			[]string{"the host's CPU was saturated (99 % busy), but B's CPU on this host is unknown, so other programs may have used it"}},
		{"full by A alone, and B unread", func(_ *Run, c *Conditions) { unread(c, 1.0, 99) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (99 % busy) by this load"}},
		{"full by steal, and B unread", func(_ *Run, c *Conditions) { unread(c, 0.2, 40); c.CPU.StealPercent = new(60.0) }, true, LimitOthers,
			[]string{"the host's CPU was saturated (40 % busy, 60 % steal), but service-a and service-b used only", "other virtual machines took 60 %"}},
		{"full by A and steal, while the host seems less busy than A", func(_ *Run, c *Conditions) { unread(c, 1.1, 47); c.CPU.StealPercent = new(50.0) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (47 % busy, 50 % steal), and service-a and service-b used 55 % of it", "other virtual machines took 50 %"}},
		{"full, and B's workers are busy on some host", func(_ *Run, c *Conditions) {
			elsewhere(c, 0.2, 99)
			c.Server.Cores, c.B.AIBusyPercent = 0, 99
		}, true, LimitWorkers, []string{"the host's CPU was saturated (99 % busy), but B's CPU on this host is unknown, so other programs may have used it", "B's AI workers were busy 99 % of the time"}},
		{"full of others, and B runs elsewhere", func(_ *Run, c *Conditions) {
			elsewhere(c, 0.2, 99)
			c.Server.Elsewhere, c.CPU.OthersCores = true, new(1.78)
		}, true, LimitOthers,
			[]string{"the host's CPU was saturated (99 % busy), but service-a and service-b used only 10 % of it", "other programs used 1.78 of 2 cores"}},
		{"full, and some of B runs elsewhere", func(_ *Run, c *Conditions) { elsewhere(c, 0.2, 99) }, true, LimitUnknown,
			[]string{"the host's CPU was saturated (99 % busy), but B's CPU on this host is unknown, so other programs may have used it"}},
		{"full by A, and B runs elsewhere", func(_ *Run, c *Conditions) { elsewhere(c, 1.2, 99) }, true, LimitGenerator,
			[]string{"the host's CPU was saturated (99 % busy), but B runs elsewhere, so service-a was the bottleneck"}},
		{"full, its cores unknown", func(_ *Run, c *Conditions) { c.CPU = CPU{ACores: new(0.2), HostBusyPercent: new(99.0)} }, true, LimitUnknown,
			[]string{"the host's CPU was saturated (99 % busy), but B's CPU on this host is unknown, so other programs may have used it"}},

		{"B at its limit", func(_ *Run, c *Conditions) { limited(c, 1, 0.95); c.B.AIBusyPercent = 99 }, true, LimitCPU,
			[]string{"B used all of the 1.00 cores that its CPU limit allows: give it more", "B's AI workers were busy 99 % of the time$"}},
		{"B unread at its limit", func(_ *Run, c *Conditions) { limited(c, 1, 0.95); c.B, c.CPU.BCores, c.CPU.OthersCores = nil, nil, nil }, true, LimitUnknown,
			[]string{"B's metrics came too late", "no resource seems saturated, but B's metrics could not be read"}},
		{"B below its limit", func(_ *Run, c *Conditions) { limited(c, 1, 0.94); c.B.AIBusyPercent = 99 }, true, LimitWorkers,
			[]string{"B's AI workers were busy 99 % of the time: raise AI_WORKERS"}},
		{"B uses the whole host, which is its limit", func(_ *Run, c *Conditions) { limited(c, 2, 1.95); c.CPU = cpu(0.05, 1.95, 100) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (100 % busy) by this load"}},
		{"several of B may use more than the host has", func(_ *Run, c *Conditions) { limited(c, 3, 1.9); c.CPU = cpu(0.05, 1.9, 100) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (100 % busy) by this load"}},
		{"B's cores are unknown", func(_ *Run, c *Conditions) { limited(c, 0, 1) }, true, LimitNone, idle},
		{"B at its limit beside others who fill the machine", func(_ *Run, c *Conditions) { limited(c, 0.5, 0.5); c.CPU = cpu(0.1, 0.5, 100) }, true, LimitCPU,
			[]string{"B used all of the 0.50 cores that its CPU limit allows", "the host's CPU was saturated (100 % busy), but service-a and service-b used only", "other programs used"}},
		{"B fills its own host", func(_ *Run, c *Conditions) { elsewhere(c, 0.2, 40); c.B.Cores = new(15.5) }, true, LimitCPU,
			[]string{"B used all of the 16.00 cores that its host or its CPU limit allows"}},
		{"B does not fill its own host", func(_ *Run, c *Conditions) { elsewhere(c, 0.2, 40); c.B.Cores = new(15.0) }, true, LimitNone, idle},

		{"A takes all, closed loop", func(_ *Run, c *Conditions) { c.CPU = cpu(1.85, 0.1, 99) }, true, LimitGenerator,
			[]string{"service-a used 1.85 of the 2.00 cores"}},
		{"A takes all, open loop", func(r *Run, c *Conditions) { r.Rate, c.CPU = 100, cpu(1.85, 0.1, 99) }, false, LimitGenerator,
			[]string{"service-a used 1.85 of the 2.00 cores"}},
		{"A takes 90 %", func(_ *Run, c *Conditions) { c.CPU = cpu(1.8, 0.1, 99) }, true, LimitGenerator,
			[]string{"service-a used 1.80 of the 2.00 cores"}},
		{"A takes all, and the host's cores are unknown", func(_ *Run, c *Conditions) { c.CPU = CPU{ACores: new(1.9), HostBusyPercent: new(60.0)} }, true, LimitGenerator,
			[]string{"service-a used 1.90 of the 2.00 cores"}},
		{"A takes all, and nobody knows how much it may take", func(_ *Run, c *Conditions) { c.MayUse, c.CPU = 0, cpu(1.85, 0.1, 99) }, true, LimitCPU,
			[]string{"the host's CPU was saturated"}},
		{"A takes much, but not 90 %", func(r *Run, c *Conditions) { r.Rate, c.CPU = 100, cpu(1.79, 0.2, 100) }, true, LimitCPU,
			[]string{"the host's CPU was saturated"}},
		{"A takes much, but there is more", func(r *Run, c *Conditions) { r.Rate, c.CPU = 100, cpu(1.85, 0.01, 93) }, true, LimitNone, idle},
		{"A's own limit", func(r *Run, c *Conditions) { r.Rate, c.MayUse, c.CPU = 100, 0.5, cpu(0.46, 0.3, 40) }, false, LimitGenerator,
			[]string{"service-a used 0.46 of the 0.50 cores"}},
	})
}

// unread: B has no admin port, so its CPU is unknown.
func unread(c *Conditions, a, busyPercent float64) {
	c.CPU = cpu(a, 0, busyPercent)
	c.B, c.Server, c.CPU.BCores, c.CPU.OthersCores = nil, Server{}, nil, nil
}

// elsewhere: B runs on another host, of 16 cores.
func elsewhere(c *Conditions, a, busyPercent float64) {
	c.CPU = cpu(a, 0, busyPercent)
	c.CPU.BCores, c.CPU.OthersCores = new(8.0), nil
	c.Server.SameHost, c.Server.Cores, c.B.Cores = false, 16, new(8.0)
}

// limited: B may use that many cores and used so many.
func limited(c *Conditions, may, used float64) {
	c.CPU = cpu(0.1, used, (0.1+used)/2*100)
	c.Server.Cores, c.B.Cores = may, &used
}

func TestOthers(t *testing.T) {
	for _, tt := range []struct {
		name     string
		cpu      CPU
		sameHost bool
		want     float64 // -1 = unknown
	}{
		{"the rest", CPU{ACores: new(0.25), BCores: new(1.0), HostBusyPercent: new(75.0), HostCores: new(2.0)}, true, 0.25},
		{"steal is nobody's on this host", CPU{ACores: new(0.25), BCores: new(1.0), HostBusyPercent: new(75.0), StealPercent: new(25.0), HostCores: new(2.0)}, true, 0.25},
		{"nobody else", CPU{ACores: new(0.5), BCores: new(1.0), HostBusyPercent: new(75.0), HostCores: new(2.0)}, true, 0},
		{"less than nothing by rounding", CPU{ACores: new(0.5), BCores: new(1.0), HostBusyPercent: new(70.5), HostCores: new(2.0)}, true, 0},
		{"figures that contradict each other", CPU{ACores: new(0.5), BCores: new(1.0), HostBusyPercent: new(69.5), HostCores: new(2.0)}, true, -1},
		{"B elsewhere", CPU{ACores: new(0.25), BCores: new(1.0), HostBusyPercent: new(75.0), HostCores: new(2.0)}, false, -1},
		{"B unread", CPU{ACores: new(0.25), HostBusyPercent: new(75.0), HostCores: new(2.0)}, true, -1},
		{"A unread", CPU{BCores: new(1.0), HostBusyPercent: new(75.0), HostCores: new(2.0)}, true, -1},
		{"the host unread", CPU{ACores: new(0.25), BCores: new(1.0), HostCores: new(2.0)}, true, -1},
		{"no /proc", CPU{BCores: new(1.0)}, true, -1},
		{"cores unknown", CPU{ACores: new(0.25), BCores: new(1.0), HostBusyPercent: new(75.0)}, true, -1},
	} {
		got := -1.0
		if others := tt.cpu.Others(tt.sameHost); others != nil {
			got = *others
		}
		if got != tt.want {
			t.Errorf("%s: others used %g cores, want %g", tt.name, got, tt.want)
		}
	}
}
