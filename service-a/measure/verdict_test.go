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
		CPU: cpu(0.2, 0.5, 40), MayUse: 2,
		Server: Server{Instances: 1, BatchSize: 10, Partial: "fail", Recent: Counts{Incomplete: 1}, Workers: 2, Cores: 2, SameHost: true}, B: &Between{AIBusyPercent: 60, BatchFillPercent: 100},
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

// cpu is that of a host of two cores, with A, B and others on it and without steal.
func cpu(a, b, busyPercent float64) CPU {
	c := CPU{ACores: &a, BCores: &b, HostBusyPercent: &busyPercent, StealPercent: new(0.0), HostCores: new(2.0)}
	c.OthersCores = c.Others(true)
	return c
}

// fail turns n of the thousand requests into failures.
func fail(r *Run, n int64) { r.Totals.Outcomes[OK], r.Totals.Outcomes[Failed] = 1000-n, n }

type verdictCase struct {
	name    string
	change  func(r *Run, c *Conditions)
	valid   bool
	limit   string
	reasons []string // prefixes; one that ends with $ is the whole
}

func TestVerdict(t *testing.T) {
	judged(t, []verdictCase{
		{"nothing full", nil, true, LimitNone, []string{"no resource was saturated (CPU 40 %, AI workers 60 %): raise CONCURRENCY"}},
		{"nothing full in an open loop", func(r *Run, _ *Conditions) { r.Rate = 100 }, true, LimitNone, []string{"no resource was saturated (CPU 40 %, AI workers 60 %): B can serve a higher RATE"}},
		{"B cannot be asked", func(_ *Run, c *Conditions) { c.B, c.Server = nil, Server{} }, true, LimitUnknown,
			[]string{"no resource seems saturated, but B's metrics could not be read"}},
		{"no /proc", func(_ *Run, c *Conditions) { c.CPU = CPU{} }, true, LimitUnknown, []string{"no resource seems saturated, but the host's CPU could not be read"}},
		{"too short for the CPU", func(r *Run, c *Conditions) { r.WindowEnded, c.CPU, c.InFlight = 50*time.Millisecond, CPU{}, few(10) }, true, LimitUnknown,
			[]string{"a window of 0.050 s is too short to measure B's CPU", "a window of 0.050 s is too short to tell what limited the run: raise REQUESTS or DURATION$"}},
		{"nothing known", func(_ *Run, c *Conditions) { *c = Conditions{} }, true, LimitUnknown, []string{"no resource seems saturated, but the host's CPU and B's metrics could not be read"}},

		{"workers busy", func(_ *Run, c *Conditions) { c.B.AIBusyPercent = 96 }, true, LimitWorkers, []string{"B's AI workers were busy 96 % of the time: raise AI_WORKERS"}},
		{"workers just busy enough", func(_ *Run, c *Conditions) { c.B.AIBusyPercent = 95 }, true, LimitWorkers, []string{"B's AI workers were busy 95 % of the time"}},
		{"workers not quite busy", func(_ *Run, c *Conditions) { c.B.AIBusyPercent = 94.9 }, true, LimitNone, []string{"no resource was saturated (CPU 40 %, AI workers 95 %)"}},
		{"workers busy on a full CPU", func(_ *Run, c *Conditions) { c.B.AIBusyPercent, c.CPU = 99, cpu(0.2, 1.7, 99) }, true, LimitCPU,
			[]string{"the host's CPU was saturated (99 % busy)", "B's AI workers were busy 99 % of the time$"}},
		{"queue full", func(r *Run, _ *Conditions) { r.Totals.Outcomes[Busy] = 100 }, true, LimitQueue, []string{"B's queue was full and it rejected 9.1 % of the requests as busy"}},
		{"just too many refused", func(r *Run, _ *Conditions) { r.Totals.Outcomes[Busy] = 11 }, true, LimitQueue, []string{"B's queue was full and it rejected 1.1 % of the requests as busy"}},
		{"a few refused", func(r *Run, _ *Conditions) { r.Totals.Outcomes[Busy] = 10 }, true, LimitNone, []string{"no resource was saturated"}},

		{"late", func(r *Run, _ *Conditions) { r.Rate, r.Totals.Lag = 100, lags(11*time.Millisecond) }, false, LimitGenerator,
			[]string{"requests were sent late (p99 schedule lag 11.000 ms exceeds 10 % of the median latency 100.000 ms)"}},
		{"late at a request in two seconds", func(r *Run, _ *Conditions) { r.Rate, r.Totals.Lag = 0.5, lags(11*time.Millisecond) }, false, LimitGenerator, []string{"requests were sent late"}},
		{"nothing full at a request in two seconds", func(r *Run, _ *Conditions) { r.Rate = 0.5 }, true, LimitNone, []string{"no resource was saturated (CPU 40 %, AI workers 60 %): B can serve a higher RATE"}},
		{"hardly late", func(r *Run, _ *Conditions) { r.Rate, r.Totals.Lag = 100, lags(9*time.Millisecond) }, true, LimitNone, []string{"no resource was saturated"}},
		{"late by 10 %, which is allowed", func(r *Run, _ *Conditions) {
			r.Rate, r.Totals.Lag, r.Totals.Latency = 100, lags(10*time.Millisecond), lags(100*time.Millisecond)
		}, true, LimitNone, []string{"no resource was saturated"}},
		{"late by a millisecond, which is allowed", func(r *Run, _ *Conditions) {
			r.Rate, r.Totals.Lag, r.Totals.Latency, r.Totals.TSDiff = 100, lags(time.Millisecond), lags(2*time.Millisecond), lags(time.Millisecond)
		}, true, LimitNone, []string{"no resource was saturated"}},
		{"late, and nothing succeeded", func(r *Run, _ *Conditions) {
			r.Rate, r.Totals = 100, &Totals{Lag: lags(time.Second)}
			r.Totals.Outcomes[Failed] = 5
		}, false, LimitUnknown, []string{"no request succeeded"}},
		{"late by more than 10 % of a short latency, but not by a millisecond", func(r *Run, _ *Conditions) {
			r.Rate, r.Totals.Lag, r.Totals.Latency, r.Totals.TSDiff = 100, lags(999*time.Microsecond), lags(2*time.Millisecond), lags(time.Millisecond)
		}, true, LimitNone, []string{"no resource was saturated"}},
		{"late by more than 10 % of a short latency, and by a millisecond", func(r *Run, _ *Conditions) {
			r.Rate, r.Totals.Lag, r.Totals.Latency, r.Totals.TSDiff = 100, lags(1100*time.Microsecond), lags(2*time.Millisecond), lags(time.Millisecond)
		}, false, LimitGenerator, []string{"requests were sent late (p99 schedule lag 1.100 ms exceeds 10 % of the median latency 2.000 ms)"}},
		{"late in a closed loop is no lag", func(r *Run, _ *Conditions) { r.Totals.Lag = lags(time.Second) }, true, LimitNone, []string{"no resource was saturated"}},
		{"late, because B's load fills the CPU", func(r *Run, c *Conditions) {
			r.Rate, r.Totals.Lag, c.CPU = 100, lags(time.Second), cpu(0.1, 1.85, 99)
		}, false, LimitCPU, []string{"requests were sent late", "the host's CPU was saturated (99 % busy) by this load"}},
		{"late, while B's workers are busy", func(r *Run, c *Conditions) { r.Rate, r.Totals.Lag, c.B.AIBusyPercent = 100, lags(time.Second), 99 }, false, LimitWorkers,
			[]string{"requests were sent late", "B's AI workers were busy"}},
		{"late, and B cannot be asked", func(r *Run, c *Conditions) {
			r.Rate, r.Totals.Lag, c.B, c.Server = 100, lags(time.Second), nil, Server{}
		}, false, LimitGenerator,
			[]string{"requests were sent late"}},
		{"late, and A has no CPU left", func(r *Run, c *Conditions) {
			r.Rate, r.Totals.Lag, c.CPU = 100, lags(time.Second), cpu(1.85, 0.1, 99)
		}, false, LimitGenerator, []string{"requests were sent late", "service-a used 1.85 of the 2.00 cores"}},
		{"dropped, though nothing is full", func(r *Run, _ *Conditions) { r.Rate, r.Dropped = 100, 11 }, false, LimitNone,
			[]string{"1.1 % of the requests due were dropped because CONCURRENCY 10 were already in flight", "no resource was saturated (CPU 40 %, AI workers 60 %)$"}},
		{"dropped, because B's load fills the CPU", func(r *Run, c *Conditions) { r.Rate, r.Dropped, c.CPU = 100, 500, cpu(0.1, 1.85, 99) }, false, LimitCPU,
			[]string{"33.3 % of the requests due were dropped", "the host's CPU was saturated (99 % busy) by this load"}},
		{"dropped, because B's workers are busy", func(r *Run, c *Conditions) { r.Rate, r.Dropped, c.B.AIBusyPercent = 100, 500, 99 }, false, LimitWorkers,
			[]string{"33.3 % of the requests due were dropped", "B's AI workers were busy 99 % of the time: raise AI_WORKERS"}},
		{"dropped, because the queue is full", func(r *Run, _ *Conditions) { r.Rate, r.Dropped, r.Totals.Outcomes[Busy] = 100, 500, 100 }, false, LimitQueue,
			[]string{"31.2 % of the requests due were dropped", "B's queue was full"}},
		{"dropped, and A has no CPU left", func(r *Run, c *Conditions) { r.Rate, r.Dropped, c.CPU = 100, 500, cpu(1.85, 0.1, 99) }, false, LimitGenerator,
			[]string{"33.3 % of the requests due were dropped", "service-a used 1.85 of the 2.00 cores"}},
		{"1 % dropped, which is allowed", func(r *Run, _ *Conditions) { r.Rate, r.Dropped, r.Totals.Outcomes[OK] = 100, 10, 990 }, true, LimitNone, []string{"no resource was saturated"}},
		{"hardly dropped", func(r *Run, _ *Conditions) { r.Rate, r.Dropped = 100, 9 }, true, LimitNone, []string{"no resource was saturated"}},

		{"Little's law broken", func(_ *Run, c *Conditions) { c.InFlight = steady(11) }, false, LimitNone,
			[]string{"requests/s x mean latency is 10.0, but 11.0 requests were in flight", "no resource was saturated"}},
		{"Little's law just broken", func(_ *Run, c *Conditions) { c.InFlight = steady(10.56) }, false, LimitNone,
			[]string{"requests/s x mean latency is 10.0, but 10.6 requests were in flight", "no resource was saturated"}},
		{"Little's law holds", func(_ *Run, c *Conditions) { c.InFlight = steady(10.5) }, true, LimitNone, []string{"no resource was saturated"}},
		{"Little's law counts the warm-up's requests that last into the window", func(r *Run, c *Conditions) { r.Warmup.TimeInWindow, c.InFlight = 10*time.Second, steady(11) }, true, LimitNone,
			[]string{"no resource was saturated"}},
		{"too few samples for Little's law", func(_ *Run, c *Conditions) { c.InFlight = few(20) }, true, LimitNone, []string{"no resource was saturated"}},
		{"samples too scattered for Little's law", func(_ *Run, c *Conditions) { c.InFlight = scattered() }, true, LimitNone, []string{"no resource was saturated"}},

		{"clock stepped", func(r *Run, _ *Conditions) { r.ClockStep = -time.Second }, false, LimitNone, []string{"the clock stepped by -1s", "no resource was saturated"}},
		{"clock slewed", func(r *Run, _ *Conditions) { r.ClockStep = 55 * time.Millisecond }, true, LimitNone, []string{"no resource was saturated"}},
		{"clocks apart", func(r *Run, _ *Conditions) { r.Totals.Skewed = 3 }, true, LimitNone, []string{"3 replies had a ts_diff below 0", "no resource was saturated"}},
		{"nothing succeeded", func(r *Run, _ *Conditions) { r.Totals = &Totals{}; r.Totals.Outcomes[Failed] = 5 }, false, LimitUnknown,
			[]string{"no request succeeded, so there is nothing to measure: see the errors below"}},
		{"nothing succeeded, some left over", func(r *Run, _ *Conditions) {
			r.Totals = &Totals{}
			r.Totals.Outcomes[Failed], r.Totals.Outcomes[LeftOver] = 1, 4
		}, false, LimitUnknown, []string{"no request succeeded, so there is nothing to measure: see the errors below"}},
		{"all left over", func(r *Run, _ *Conditions) { r.Totals = &Totals{}; r.Totals.Outcomes[LeftOver] = 5 }, false, LimitUnknown,
			[]string{"no batch was full when sending stopped, so all 5 requests were left over: send more, or lower BATCH_SIZE"}},
		{"nothing sent", func(r *Run, _ *Conditions) { r.Totals = &Totals{} }, false, LimitUnknown,
			[]string{"no request was sent after the warm-up, so there is nothing to measure"}},
		{"nothing succeeded on a full CPU", func(r *Run, c *Conditions) {
			r.Totals, c.CPU = &Totals{}, cpu(0.2, 1.7, 99)
		}, false, LimitUnknown, []string{"no request was sent"}},
		{"more than half failed", func(r *Run, _ *Conditions) { fail(r, 501) }, false, LimitNone,
			[]string{"50.1 % of the requests failed, so the figures describe only those that succeeded: see the errors below", "no resource was saturated"}},
		{"only one succeeded", func(r *Run, _ *Conditions) { fail(r, 999) }, false, LimitNone, []string{"99.9 % of the requests failed", "no resource was saturated"}},
		{"half failed", func(r *Run, _ *Conditions) { fail(r, 500) }, true, LimitNone, []string{"no resource was saturated"}},
		{"more than half left over", func(r *Run, _ *Conditions) { r.Totals.Outcomes[LeftOver] = 2000 }, true, LimitNone, []string{"no resource was saturated"}},
		{"batches cannot fill", func(r *Run, c *Conditions) { r.Concurrency, r.Totals = 5, &Totals{} }, false, LimitUnknown,
			[]string{"no request was sent", "CONCURRENCY 5 is below BATCH_SIZE 10"}},
		{"everything at once", func(r *Run, c *Conditions) {
			r.Rate, r.Dropped, r.ClockStep, r.Totals.Lag = 100, 500, time.Minute, lags(time.Second)
			c.CPU = cpu(0.1, 1.9, 100)
		}, false, LimitCPU, []string{"the clock stepped", "requests were sent late", "33.3 %", "the host's CPU"}},
		{"what makes a run invalid comes first", func(r *Run, c *Conditions) { r.Concurrency, r.ClockStep = 5, time.Minute }, false, LimitNone,
			[]string{"the clock stepped", "CONCURRENCY 5 is below BATCH_SIZE 10", "no resource was saturated"}},
	})
}

func judged(t *testing.T, tests []verdictCase) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, c := good(tt.change)
			v := Summarize(r, nil, c).Verdict
			if v.Valid != tt.valid || v.Limit != tt.limit {
				t.Errorf("valid %v, limit %q; want %v, %q", v.Valid, v.Limit, tt.valid, tt.limit)
			}
			if len(v.Reasons) != len(tt.reasons) {
				t.Fatalf("reasons are\n%s\nwant %q", strings.Join(v.Reasons, "\n"), tt.reasons)
			}
			for i, want := range tt.reasons {
				if !strings.HasPrefix(v.Reasons[i]+"$", want) {
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
