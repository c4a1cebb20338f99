package measure

import (
	"strings"
	"testing"
	"time"
)

// good is a run of ten seconds with nothing to find fault with: 1000 requests of 100 ms each, so that
// 10 were in flight, none of them late.
func good(change func(r *Run, seen *Seen)) (Run, Seen) {
	rec := NewRecorder(1, true)
	for range 1000 {
		rec.Record(0, Sample{Outcome: OK, End: 100 * time.Millisecond, TSDiff: 90 * time.Millisecond, InWindow: true, Open: 100 * time.Millisecond, Lag: time.Millisecond})
	}
	r := Run{Concurrency: 10, Totals: rec.Totals(), Warmup: &Totals{}, Closed: 10 * time.Second, Ended: 10 * time.Second}
	seen := Seen{
		CPU: CPU{ACores: new(0.2), BCores: new(0.5), HostBusyPercent: new(40.0)}, MayUse: 2, HostCores: 2,
		Server: Server{Instances: 1, BatchSize: 10, Partial: "fail", Workers: 2}, B: &Between{AIBusy: 0.6, BatchFill: 1},
	}
	for range 1000 {
		seen.InFlight.Add(10)
	}
	if change != nil {
		change(&r, &seen)
	}
	return r, seen
}

func lags(d time.Duration) (h Histogram) {
	h.Record(d)
	return h
}

func TestVerdict(t *testing.T) {
	tests := []struct {
		name    string
		change  func(r *Run, seen *Seen)
		valid   bool
		limit   string
		reasons []string // the beginning of each
	}{
		{"nothing full", nil, true, LimitNone, []string{"nothing was full (CPU 40 %, AI workers 60 %), so raise CONCURRENCY"}},
		{"nothing full in an open loop", func(r *Run, _ *Seen) { r.Rate = 100 }, true, LimitNone, []string{"nothing was full (CPU 40 %, AI workers 60 %), so B could serve a higher RATE"}},
		{"B cannot be asked", func(_ *Run, seen *Seen) { seen.B, seen.Server = nil, Server{} }, true, LimitUnknown,
			[]string{"nothing was seen to be full, but B's metrics could not be read"}},
		{"no /proc", func(_ *Run, seen *Seen) { seen.CPU = CPU{} }, true, LimitUnknown, []string{"nothing was seen to be full, but the host's CPU could not be read"}},
		{"nothing known", func(_ *Run, seen *Seen) { *seen = Seen{} }, true, LimitUnknown, []string{"nothing was seen to be full, but the host's CPU and B's metrics could not be read"}},

		{"CPU just full", func(_ *Run, seen *Seen) { seen.CPU.HostBusyPercent = new(95.0) }, true, LimitCPU, []string{"the host's CPU was 95 % busy"}},
		{"CPU not quite full", func(_ *Run, seen *Seen) { seen.CPU.HostBusyPercent = new(94.9) }, true, LimitNone, []string{"nothing was full"}},
		{"workers busy", func(_ *Run, seen *Seen) { seen.B.AIBusy = 0.96 }, true, LimitWorkers, []string{"B's AI workers were busy 96 % of the time: raise AI_WORKERS"}},
		{"workers busy on a full CPU", func(_ *Run, seen *Seen) { seen.B.AIBusy, seen.CPU.HostBusyPercent = 0.99, new(99.0) }, true, LimitCPU,
			[]string{"the host's CPU was 99 % busy", "B's AI workers were busy 99 % of the time"}},
		{"queue full", func(r *Run, _ *Seen) { r.Totals.Outcomes[Busy] = 100 }, true, LimitQueue, []string{"B refused 9.1 % of the requests as busy"}},
		{"a few refused", func(r *Run, _ *Seen) { r.Totals.Outcomes[Busy] = 10 }, true, LimitNone, []string{"nothing was full"}},

		{"A takes all, closed loop", func(_ *Run, seen *Seen) { seen.CPU.ACores, seen.CPU.HostBusyPercent = new(1.85), new(99.0) }, true, LimitGenerator,
			[]string{"service-a used 1.85 of the 2.00 processors"}},
		{"A takes all, open loop", func(r *Run, seen *Seen) {
			r.Rate, seen.CPU.ACores, seen.CPU.HostBusyPercent = 100, new(1.85), new(99.0)
		}, false, LimitGenerator,
			[]string{"service-a used 1.85 of the 2.00 processors"}},
		{"A takes much, but there is more", func(r *Run, seen *Seen) {
			r.Rate, seen.CPU.ACores, seen.CPU.HostBusyPercent = 100, new(1.85), new(93.0)
		}, true, LimitNone,
			[]string{"nothing was full"}},
		{"A's own limit", func(r *Run, seen *Seen) { r.Rate, seen.MayUse, seen.CPU.ACores = 100, 0.5, new(0.46) }, false, LimitGenerator,
			[]string{"service-a used 0.46 of the 0.50 processors"}},
		{"late", func(r *Run, _ *Seen) { r.Rate, r.Totals.Lag = 100, lags(11*time.Millisecond) }, false, LimitGenerator,
			[]string{"requests were sent late: schedule lag p99 11.000 ms is above 10 % of the median latency 100.000 ms"}},
		{"hardly late", func(r *Run, _ *Seen) { r.Rate, r.Totals.Lag = 100, lags(9*time.Millisecond) }, true, LimitNone, []string{"nothing was full"}},
		{"dropped", func(r *Run, _ *Seen) { r.Rate, r.Dropped = 100, 11 }, false, LimitGenerator,
			[]string{"1.1 % of the requests that were due were not sent, since CONCURRENCY 10 were in flight"}},
		{"hardly dropped", func(r *Run, _ *Seen) { r.Rate, r.Dropped = 100, 9 }, true, LimitNone, []string{"nothing was full"}},

		{"Little's law broken", func(_ *Run, seen *Seen) { seen.InFlight = steady(11) }, false, LimitNone,
			[]string{"requests/s x mean latency makes 10.0 in flight, but 11.0 were seen", "nothing was full"}},
		{"Little's law holds", func(_ *Run, seen *Seen) { seen.InFlight = steady(10.5) }, true, LimitNone, []string{"nothing was full"}},
		{"too few looks for Little's law", func(_ *Run, seen *Seen) { seen.InFlight = few(20) }, true, LimitNone, []string{"nothing was full"}},
		{"looks too far apart for Little's law", func(_ *Run, seen *Seen) { seen.InFlight = scattered() }, true, LimitNone, []string{"nothing was full"}},

		{"clock stepped", func(r *Run, _ *Seen) { r.ClockStep = -time.Second }, false, LimitNone, []string{"the clock stepped by -1s", "nothing was full"}},
		{"clock slewed", func(r *Run, _ *Seen) { r.ClockStep = 55 * time.Millisecond }, true, LimitNone, []string{"nothing was full"}},
		{"clocks apart", func(r *Run, _ *Seen) { r.Totals.Skewed = 3 }, true, LimitNone, []string{"3 replies had a ts_diff below 0", "nothing was full"}},
		{"nothing succeeded", func(r *Run, _ *Seen) { r.Totals = &Totals{}; r.Totals.Outcomes[Failed] = 5 }, false, LimitUnknown, []string{"no request succeeded"}},
		{"nothing succeeded on a full CPU", func(r *Run, seen *Seen) {
			r.Totals, seen.CPU.HostBusyPercent = &Totals{}, new(99.0)
		}, false, LimitUnknown, []string{"no request succeeded"}},
		{"batches cannot fill", func(r *Run, seen *Seen) { r.Concurrency, r.Totals = 5, &Totals{} }, false, LimitUnknown,
			[]string{"no request succeeded", "CONCURRENCY 5 is below BATCH_SIZE 10"}},
		{"everything at once", func(r *Run, seen *Seen) {
			r.Rate, r.Dropped, r.ClockStep, r.Totals.Lag = 100, 500, time.Minute, lags(time.Second)
			seen.CPU.HostBusyPercent = new(100.0)
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

// steady is a mean seen with certainty, as nearly as whole numbers can have it.
func steady(mean float64) (f InFlight) {
	for i := range 100_000 {
		n := int(mean)
		if float64(i%1000) < (mean-float64(n))*1000 {
			n++
		}
		f.Add(n)
	}
	return f
}

// few is a second's looks less one.
func few(n int) (f InFlight) {
	for range fewLooks - 1 {
		f.Add(n)
	}
	return f
}

// scattered has a mean of 12, and so few looks that it may as well be 10.
func scattered() (f InFlight) {
	for i := range 250 {
		f.Add(24 * (i % 2))
	}
	return f
}
