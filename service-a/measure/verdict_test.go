package measure

import (
	"strings"
	"testing"
	"time"
)

// good is a flawless run of ten seconds: 1000 requests of 100 ms each, so that 10 were in flight, and none
// was late.
func good(change func(r *Run, c *Conditions)) (Run, Conditions) {
	rec := NewRecorder(1, true)
	for range 1000 {
		rec.Record(0, Sample{Outcome: OK, End: 100 * time.Millisecond, TSDiff: 90 * time.Millisecond, InWindow: true, TimeInWindow: 100 * time.Millisecond, Lag: time.Millisecond})
	}
	r := Run{Concurrency: 10, Totals: rec.Totals(), Warmup: &Totals{}, WindowEnded: 10 * time.Second, Finished: 10 * time.Second}
	c := Conditions{
		CPU: CPU{ACores: new(0.2), BCores: new(0.5), HostBusyPercent: new(40.0)}, MayUse: 2, HostCores: 2,
		Server: Server{Instances: 1, BatchSize: 10, Partial: "fail", Workers: 2}, B: &Between{AIBusyPercent: 60, BatchFillPercent: 100},
	}
	for range 1000 {
		c.InFlight.Add(10)
	}
	if change != nil {
		change(&r, &c)
	}
	return r, c
}

func lags(d time.Duration) (h Histogram) {
	h.Record(d)
	return h
}

func TestVerdict(t *testing.T) {
	tests := []struct {
		name    string
		change  func(r *Run, c *Conditions)
		valid   bool
		limit   string
		reasons []string // prefixes
	}{
		{"nothing full", nil, true, LimitNone, []string{"no resource was saturated (CPU 40 %, AI workers 60 %): raise CONCURRENCY"}},
		{"nothing full in an open loop", func(r *Run, _ *Conditions) { r.Rate = 100 }, true, LimitNone, []string{"no resource was saturated (CPU 40 %, AI workers 60 %): B can serve a higher RATE"}},
		{"B cannot be asked", func(_ *Run, c *Conditions) { c.B, c.Server = nil, Server{} }, true, LimitUnknown,
			[]string{"no resource seems saturated, but B's metrics could not be read"}},
		{"no /proc", func(_ *Run, c *Conditions) { c.CPU = CPU{} }, true, LimitUnknown, []string{"no resource seems saturated, but the host's CPU could not be read"}},
		{"nothing known", func(_ *Run, c *Conditions) { *c = Conditions{} }, true, LimitUnknown, []string{"no resource seems saturated, but the host's CPU and B's metrics could not be read"}},

		{"CPU just full", func(_ *Run, c *Conditions) { c.CPU.HostBusyPercent = new(95.0) }, true, LimitCPU, []string{"the host's CPU was saturated (95 % busy)"}},
		{"CPU not quite full", func(_ *Run, c *Conditions) { c.CPU.HostBusyPercent = new(94.9) }, true, LimitNone, []string{"no resource was saturated"}},
		{"workers busy", func(_ *Run, c *Conditions) { c.B.AIBusyPercent = 96 }, true, LimitWorkers, []string{"B's AI workers were busy 96 % of the time: raise AI_WORKERS"}},
		{"workers busy on a full CPU", func(_ *Run, c *Conditions) { c.B.AIBusyPercent, c.CPU.HostBusyPercent = 99, new(99.0) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (99 % busy)", "B's AI workers were busy 99 % of the time"}},
		{"queue full", func(r *Run, _ *Conditions) { r.Totals.Outcomes[Busy] = 100 }, true, LimitQueue, []string{"B's queue was full and it rejected 9.1 % of the requests as busy"}},
		{"a few refused", func(r *Run, _ *Conditions) { r.Totals.Outcomes[Busy] = 10 }, true, LimitNone, []string{"no resource was saturated"}},

		{"A takes all, closed loop", func(_ *Run, c *Conditions) { c.CPU.ACores, c.CPU.HostBusyPercent = new(1.85), new(99.0) }, true, LimitGenerator,
			[]string{"service-a used 1.85 of the 2.00 cores"}},
		{"A takes all, open loop", func(r *Run, c *Conditions) {
			r.Rate, c.CPU.ACores, c.CPU.HostBusyPercent = 100, new(1.85), new(99.0)
		}, false, LimitGenerator,
			[]string{"service-a used 1.85 of the 2.00 cores"}},
		{"A takes much, but there is more", func(r *Run, c *Conditions) {
			r.Rate, c.CPU.ACores, c.CPU.HostBusyPercent = 100, new(1.85), new(93.0)
		}, true, LimitNone,
			[]string{"no resource was saturated"}},
		{"A's own limit", func(r *Run, c *Conditions) { r.Rate, c.MayUse, c.CPU.ACores = 100, 0.5, new(0.46) }, false, LimitGenerator,
			[]string{"service-a used 0.46 of the 0.50 cores"}},
		{"late", func(r *Run, _ *Conditions) { r.Rate, r.Totals.Lag = 100, lags(11*time.Millisecond) }, false, LimitGenerator,
			[]string{"requests were sent late (p99 schedule lag 11.000 ms exceeds 10 % of the median latency 100.000 ms)"}},
		{"hardly late", func(r *Run, _ *Conditions) { r.Rate, r.Totals.Lag = 100, lags(9*time.Millisecond) }, true, LimitNone, []string{"no resource was saturated"}},
		{"dropped", func(r *Run, _ *Conditions) { r.Rate, r.Dropped = 100, 11 }, false, LimitGenerator,
			[]string{"1.1 % of the requests due were dropped because CONCURRENCY 10 were already in flight"}},
		{"hardly dropped", func(r *Run, _ *Conditions) { r.Rate, r.Dropped = 100, 9 }, true, LimitNone, []string{"no resource was saturated"}},

		{"Little's law broken", func(_ *Run, c *Conditions) { c.InFlight = steady(11) }, false, LimitNone,
			[]string{"requests/s x mean latency is 10.0, but 11.0 requests were in flight", "no resource was saturated"}},
		{"Little's law holds", func(_ *Run, c *Conditions) { c.InFlight = steady(10.5) }, true, LimitNone, []string{"no resource was saturated"}},
		{"Little's law counts the warm-up's requests that last into the window", func(r *Run, c *Conditions) { r.Warmup.TimeInWindow, c.InFlight = 10*time.Second, steady(11) }, true, LimitNone,
			[]string{"no resource was saturated"}},
		{"too few samples for Little's law", func(_ *Run, c *Conditions) { c.InFlight = few(20) }, true, LimitNone, []string{"no resource was saturated"}},
		{"samples too scattered for Little's law", func(_ *Run, c *Conditions) { c.InFlight = scattered() }, true, LimitNone, []string{"no resource was saturated"}},

		{"clock stepped", func(r *Run, _ *Conditions) { r.ClockStep = -time.Second }, false, LimitNone, []string{"the clock stepped by -1s", "no resource was saturated"}},
		{"clock slewed", func(r *Run, _ *Conditions) { r.ClockStep = 55 * time.Millisecond }, true, LimitNone, []string{"no resource was saturated"}},
		{"clocks apart", func(r *Run, _ *Conditions) { r.Totals.Skewed = 3 }, true, LimitNone, []string{"3 replies had a ts_diff below 0", "no resource was saturated"}},
		{"nothing succeeded", func(r *Run, _ *Conditions) { r.Totals = &Totals{}; r.Totals.Outcomes[Failed] = 5 }, false, LimitUnknown, []string{"no request succeeded"}},
		{"nothing succeeded on a full CPU", func(r *Run, c *Conditions) {
			r.Totals, c.CPU.HostBusyPercent = &Totals{}, new(99.0)
		}, false, LimitUnknown, []string{"no request succeeded"}},
		{"batches cannot fill", func(r *Run, c *Conditions) { r.Concurrency, r.Totals = 5, &Totals{} }, false, LimitUnknown,
			[]string{"no request succeeded", "CONCURRENCY 5 is below BATCH_SIZE 10"}},
		{"everything at once", func(r *Run, c *Conditions) {
			r.Rate, r.Dropped, r.ClockStep, r.Totals.Lag = 100, 500, time.Minute, lags(time.Second)
			c.CPU.HostBusyPercent = new(100.0)
		}, false, LimitGenerator, []string{"the clock stepped", "requests were sent late", "33.3 %", "the host's CPU"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := judge(good(tt.change))
			if v.Valid != tt.valid || v.Limit != tt.limit {
				t.Errorf("valid %v, limit %q; want %v, %q", v.Valid, v.Limit, tt.valid, tt.limit)
			}
			if len(v.Reasons) != len(tt.reasons) {
				t.Fatalf("reasons are\n%s\nwant %q", strings.Join(v.Reasons, "\n"), tt.reasons)
			}
			for i, want := range tt.reasons {
				if !strings.HasPrefix(v.Reasons[i], want) {
					t.Errorf("reason %d is %q, want %q", i, v.Reasons[i], want)
				}
			}
		})
	}
}

// steady has the given mean with as little variance as whole numbers allow.
func steady(mean float64) (f InFlightSamples) {
	for i := range 100_000 {
		n := int(mean)
		if float64(i%1000) < (mean-float64(n))*1000 {
			n++
		}
		f.Add(n)
	}
	return f
}

// few has one sample too few.
func few(n int) (f InFlightSamples) {
	for range minSamples - 1 {
		f.Add(n)
	}
	return f
}

// scattered has a mean of 12, but so much variance that the true mean may be 10.
func scattered() (f InFlightSamples) {
	for i := range 250 {
		f.Add(24 * (i % 2))
	}
	return f
}
