package promqltest

import "math"

// moment is what a lab's dashboard shows at a second.
type moment struct {
	lab    string
	second int
	// a and b are the replicas that the reader has chosen: the values of Grafana's variables.
	a, b string
	// whole means that lines holds every line of every panel and mark. Otherwise it holds all lines of the queries
	// that it mentions.
	whole bool
	lines map[string]float64
}

// none is for a query without a line, mentioned by its own legend (which may be a template), or for a whole panel or mark.
var none = math.Inf(1)

// table is "panel / legend" -> value: the legend as Grafana prints it, or a heatmap's bucket, or a table's column and
// row. Marks are "mark name / title text", recording rules "rule name / labels".
//
// Work out a value from the series of the lab (series_test.go), never by running the query.
var table = []moment{
	{lab: "load", second: 30, a: "(a1|a2)", b: "(b1|b2)", whole: true, lines: map[string]float64{
		"QPS now / QPS":                         98 + 10,
		"ts_diff now / p50":                     1. / 8,                      // rank 50 of 100: the end of the first 50
		"ts_diff now / p99":                     1. / 4 * math.Pow(2, 9./10), // rank 99: 9 of the last 10
		"Host CPU busy / busy":                  40 + 10 + 4 + 1 + 3,
		"Host CPU busy / others":                none,
		"Host CPU busy / stolen":                6,
		"Queue / waiting":                       200 + 30,
		"Queue / of limit":                      100 * 230. / (800 + 400),
		"Batch fill / fill":                     100 * (60. + 40) / (7*10 + 2*20),
		"Not ok / not ok":                       5 + 3 + 1 + 2 + 4,
		"QPS / ok (A)":                          98 + 10,
		"QPS / ok (B)":                          60 + 40,
		"QPS / admitted (B)":                    60 + 3 + 2 + 40 + 1,
		"QPS / target":                          none,
		"QPS / dropped at CONCURRENCY (A)":      none,
		"QPS / dropped without connection (A)":  none,
		"QPS / busy (A)":                        5 + 4,
		"QPS / incomplete (A)":                  3,
		"QPS / failed (A)":                      1,
		"QPS / timeout (A)":                     2,
		"QPS / busy (B)":                        5,
		"QPS / incomplete (B)":                  3,
		"QPS / invalid (B)":                     7,
		"QPS / too_large (B)":                   4,
		"QPS / canceled (B)":                    2,
		"QPS / failed (B)":                      1,
		"QPS / draining (B)":                    6,
		"QPS / ok b1":                           60,
		"QPS / ok b2":                           40,
		"ts_diff / p99":                         1. / 4 * math.Pow(2, 9./10),
		"ts_diff / p90":                         1. / 4,
		"ts_diff / p50":                         1. / 8,
		"ts_diff / mean":                        (9 + 6.6) / (60 + 40),
		"ts_diff distribution / (0.0625,0.125]": 40 + 10,
		"ts_diff distribution / (0.125,0.25]":   14 + 26,
		"ts_diff distribution / (0.25,0.5]":     6 + 4,

		"Mean ts_diff by stage / network":     (0.3 + 0.2) / 100,
		"Mean ts_diff by stage / fill":        (2 + 1.5) / 100,
		"Mean ts_diff by stage / worker":      (4 + 2.5) / 100,
		"Mean ts_diff by stage / ai":          (2.6 + 2.1) / 100,
		"Mean ts_diff by stage / reply":       (0.1 + 0.3) / 100,
		"Mean ts_diff by stage / mean":        (9 + 6.6) / 100,
		"Latency at service-a / latency p99":  1. / 4 * math.Pow(2, (0.99*108-49-39)/(10+10)),
		"Latency at service-a / latency p50":  1. / 8 * math.Pow(2, (54.-49)/39),
		"Latency at service-a / mean latency": (16.66 + 4) / (98 + 10),
		"Latency at service-a / mean ts_diff": (15.68 + 3.8) / (98 + 10),
		"Latency at service-a / lag p99":      none, // a3 alone has an open loop

		"CPU of each process / service-b b1": 50,
		"CPU of each process / service-b b2": 25,
		"CPU of each process / service-a a1": 75,
		"CPU of each process / prometheus":   2,
		"CPU of each process / grafana":      3,
		"CPU of each process / node":         1,
		"CPU of each process / others":       0, // A and B together: more than the host's 1.16 cores
		"CPU of each process / all cores":    200,
		"CPU of each process / limit of b2":  150, // b1 may use both cores
		"CPU of the host / us":               100 * (0.5 + 0.3) / 2,
		"CPU of the host / sy":               100 * (0.05 + 0.15) / 2,
		"CPU of the host / ni":               100 * (0.05 + 0.03) / 2,
		"CPU of the host / id":               100 * (0.245 + 0.355) / 2,
		"CPU of the host / wa":               100 * (0.08 + 0.04) / 2,
		"CPU of the host / hi":               100 * (0.015 + 0.005) / 2,
		"CPU of the host / si":               100 * (0.04 + 0.02) / 2,
		"CPU of the host / st":               100 * (0.02 + 0.1) / 2,
		"Load average / 1 min":               1.5,
		"Load average / 5 min":               1.25,
		"Load average / 15 min":              1.125,
		"Load average / cores":               2,

		"Processes / %CPU / service-a a1":          75,
		"Processes / %CPU / service-a a3":          800,
		"Processes / %CPU / service-b b1":          50,
		"Processes / %CPU / service-b b2":          25,
		"Processes / %CPU / service-b b3":          900,
		"Processes / %CPU / node node":             1,
		"Processes / %CPU / prometheus prometheus": 2,
		"Processes / %CPU / grafana grafana":       3,
		"Processes / RES / service-b b1":           40e6,
		"Processes / RES / node node":              20e6,
		"Processes / threads / service-b b1":       12,
		"Processes / threads / service-a a3":       900,
		"Processes / goroutines / service-a a1":    110,
		"Processes / goroutines / service-a a3":    900,
		"Processes / goroutines / service-b b1":    120,
		"Processes / goroutines / service-b b3":    900,

		// Each replica of B gets 120 / 3 of the concurrency. b1: 4 batches of 10, but 3 workers. b2: 2 batches of 20.
		"QPS and its ceiling / ceiling":              3*70/0.7 + 2*40/0.4,
		"QPS and its ceiling / measured":             100,
		"QPS and its ceiling / % of ceiling":         100 * 100. / 500,
		"Little's law / in flight":                   (27.+28+29+30)/4 + 2,
		"Little's law / QPS x latency":               16.66 + 4,
		"Little's law / CONCURRENCY":                 70 + 30,
		"Batch sizes / (4,8]":                        2,
		"Batch sizes / (8,16]":                       5,
		"Batch sizes / (16,32]":                      2,
		"Batch fill and busy workers / fill":         100 * (60. + 40) / (7*10 + 2*20),
		"Batch fill and busy workers / workers busy": 100 * (2.1 + 1) / (3 + 4),
		"Batch fill and busy workers / overdue":      none,
		"AI time per batch / p99":                    1. / 4 * math.Pow(2, 0.99*9-8), // ranks 5, 8 and 9 end the buckets
		"AI time per batch / p50":                    1. / 16 * math.Pow(2, 4.5/5),
		"AI time per batch / mean":                   (0.7 + 0.4) / 9,
		"AI time per batch / mean CPU":               (0.35 + 0.2) / 9,
		"AI time per batch / failed calls":           none,
		"Queue depth / waiting b1":                   200,
		"Queue depth / waiting b2":                   30,
		"Queue depth / in flight (A)":                30 + 2,
		"Queue depth / limit":                        none, // b1 is at a quarter of its limit; b3 alone is above
		"Batches by trigger / full":                  5 + 2,
		"Batches by trigger / timeout":               2,
		"Batches by trigger / drain":                 0,

		"Targets up / service-b b1":                           1,
		"Targets up / node node":                              1,
		"Targets / up / service-b b1":                         1,
		"Targets / up / node node":                            1,
		"Targets / uptime / service-a a1":                     30 - 3.25,
		"Targets / uptime / service-a a3":                     30 - 9,
		"Targets / uptime / service-b b1":                     30 - 4,
		"Targets / uptime / grafana grafana":                  30 - 5,
		"Targets / uptime / prometheus prometheus":            30 - 6,
		"Targets / uptime / node node":                        30 - 7,
		"Targets / restarts / service-a a1":                   0,
		"Targets / restarts / service-a a3":                   0,
		"Targets / restarts / service-b b1":                   0,
		"Targets / restarts / grafana grafana":                0,
		"Targets / restarts / prometheus prometheus":          0,
		"Targets / restarts / node node":                      0,
		"Targets / scrape / service-b b1":                     0.004,
		"Targets / scrape / node node":                        0.02,
		"Targets / samples / service-b b1":                    200,
		"Targets / samples / node node":                       300,
		"Targets / missed / service-b b1":                     0,
		"Targets / missed / node node":                        0,
		"Scrape duration / service-b b1":                      0.004,
		"Scrape duration / node node":                         0.02,
		"Missed scrapes / service-b b1":                       0,
		"Missed scrapes / node node":                          0,
		"Missed scrapes / rules":                              4, // one per second, in 4 s
		"Age of the newest sample / service-b b1":             0,
		"Age of the newest sample / node node":                0,
		"Warnings / impossible ts_diff, per second b1":        0,
		"Warnings / batches cannot fill a1":                   0,
		"Goroutines of A and B / service-b b1":                120,
		"Goroutines of A and B / service-a a1":                110,
		"Heap of A and B / service-b b1":                      6e6,
		"Heap of A and B / service-a a1":                      5e6,
		"Garbage collections of A and B / service-b b1":       3,
		"Garbage collections of A and B / service-a a1":       2,
		"Garbage collections of A and B / pause service-b b1": 0.003,
		"Garbage collections of A and B / pause service-a a1": 0.002,

		// Milliseconds since the epoch.
		"mark service-a changes / service-a started a1: CONCURRENCY=70 RATE=0 REQUEST_TIMEOUT=3s BUSY_BACKOFF=2s WARMUP=1s": 3250,
		"mark service-b changes / service-b configured b1: BATCH_SIZE=10 BATCH_TIMEOUT=1s PARTIAL_BATCH=flush QUEUE_LIMIT=800 " +
			"AI_WORKERS=3 AI_MODEL=noop AI_BATCH_COST=2ms AI_ITEM_COST=200us": 6500,
		"mark Monitoring restarts / grafana started grafana":       5000,
		"mark Monitoring restarts / prometheus started prometheus": 6000,
		"mark Monitoring restarts / node started node":             7000,
		"mark Alerts / QueueAtLimit service-b b2":                  1,
	}},

	{lab: "load", second: 30, a: "a1", b: "b1", lines: map[string]float64{
		"QPS / ok (B)":          60,
		"QPS / ok {{instance}}": none, // one chosen replica
	}},

	{lab: "overload", second: 10, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
	}},
	{lab: "overload", second: 11, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / QueueAtLimit service-b b1": 1,
	}},
	{lab: "overload", second: 30, a: "(a1|a2)", b: "(b1|b2)", lines: map[string]float64{
		"mark Alerts / QueueAtLimit service-b b1": 1,

		"QPS now / QPS":                                50,
		"Not ok / not ok":                              120,
		"QPS / target":                                 200 + 40,
		"QPS / dropped at CONCURRENCY (A)":             30 + 3,
		"QPS / dropped without connection (A)":         4 + 1,
		"QPS / busy (A)":                               120,
		"QPS / busy (B)":                               121,
		"QPS / ok {{instance}}":                        none, // b1 alone
		"Latency at service-a / lag p99":               1. / 512 * math.Pow(2, (0.99*170-160)/10),
		"ts_diff now / p50":                            0.5 * math.Pow(2, 25.5/40),
		"ts_diff now / p99":                            math.Pow(2, (0.99*51-40)/11),
		"Host CPU busy / busy":                         75,
		"Host CPU busy / others":                       75 - (10.+60+20)/2,
		"Host CPU busy / stolen":                       10,
		"CPU of each process / others":                 100 * (1.5 - 0.1 - 0.6 - 0.2), // without the replicas not chosen too
		"Queue / of limit":                             100 * 802. / 1700,
		"Queue depth / waiting b1":                     800,
		"Queue depth / waiting b2":                     2,
		"Queue depth / in flight (A)":                  40,
		"Queue depth / limit":                          900,
		"QPS and its ceiling / ceiling":                50,
		"QPS and its ceiling / % of ceiling":           102,
		"Batch fill and busy workers / workers busy":   100 * (1.6 + 0.9) / (2 + (1.+1+3+3)/4),
		"Batch fill and busy workers / overdue":        100 * (0.5 + 1) / (2 + (1.+1+3+3)/4),
		"AI time per batch / failed calls":             1 + 2,
		"Warnings / impossible ts_diff, per second b1": 2,

		"rule job_instance_outcome:requests:rate5s / service-a a1 ok":       50,
		"rule job_instance_outcome:requests:rate5s / service-a a1 busy":     120,
		"rule job_instance_outcome:requests:rate5s / service-b b1 ok":       51,
		"rule job_instance_outcome:requests:rate5s / service-b b1 busy":     121,
		"rule job_instance_outcome:requests:rate5s / service-b b2 draining": 0,
		"rule job_instance:ts_diff_seconds:rate5s / service-a a1 (0.5,1]":   50,
		"rule job_instance:ts_diff_seconds:rate5s / service-b b1 (0.5,1]":   40,
		"rule job_instance:ts_diff_seconds:rate5s / service-b b1 (1,2]":     11,
		"rule mode:node_cpu_seconds:share5s / user":                         0.65,
		"rule mode:node_cpu_seconds:share5s / system":                       0.04,
		"rule mode:node_cpu_seconds:share5s / nice":                         0.025,
		"rule mode:node_cpu_seconds:share5s / irq":                          0.015,
		"rule mode:node_cpu_seconds:share5s / softirq":                      0.02,
		"rule mode:node_cpu_seconds:share5s / idle":                         0.1,
		"rule mode:node_cpu_seconds:share5s / iowait":                       0.05,
		"rule mode:node_cpu_seconds:share5s / steal":                        0.1,
		"rule job_instance:process_cpu:percent5s / service-a a3":            10,
		"rule job_instance:process_cpu:percent5s / service-b b1":            60,
		"rule job_instance:process_cpu:percent5s / service-b b3":            20,
		"rule job_instance:process_cpu:percent5s / prometheus prometheus":   30,
		"rule instance:concurrency:share / service-b b1":                    40,
		"rule instance:batches_at_once:max / service-b b1":                  2, // workers; 40 in flight are 4 batches
		"rule instance:batches_at_once:max / service-b b2":                  3,
		"rule instance:batches_at_once:max / service-b b3":                  64,
		"rule instance:qps:ceiling5s / service-b b1":                        2 * 10 / 0.4,
		"rule job_instance:scrapes_missed:count10s / service-b b1":          0,
	}},

	{lab: "starved", second: 4, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
	}},
	{lab: "starved", second: 30, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / NothingSucceeds":                         1,
		"QPS now / QPS":                                         0,
		"Not ok / not ok":                                       5,
		"Host CPU busy / busy":                                  60,
		"Host CPU busy / others":                                60 - 10 - 20,
		"Host CPU busy / stolen":                                none, // 0.9 %
		"CPU of each process / others":                          100 * (0.6 - 0.1 - 0.2),
		"ts_diff now / p50":                                     none,
		"ts_diff now / p99":                                     none,
		"ts_diff / mean":                                        math.NaN(),
		"Mean ts_diff by stage / ai":                            math.NaN(),
		"Batch fill and busy workers / fill":                    none,
		"Batch fill / fill":                                     none,
		"QPS and its ceiling / ceiling":                         0,
		"QPS and its ceiling / % of ceiling":                    none,
		"Warnings / batches cannot fill a1":                     1,
		"rule instance:batches_at_once:max / service-b b1":      0,
		"rule instance:qps_of_batches:ceiling5s / service-b b1": 0,
		"rule instance:qps:ceiling5s / service-b b1":            0,

		// All replicas are chosen, but each service has its own lines.
		"CPU of each process / service-a a1":                  10,
		"CPU of each process / service-b b1":                  20,
		"Goroutines of A and B / service-a a1":                11,
		"Goroutines of A and B / service-b b1":                12,
		"Heap of A and B / service-a a1":                      1000,
		"Heap of A and B / service-b b1":                      2000,
		"Garbage collections of A and B / service-a a1":       4,
		"Garbage collections of A and B / service-b b1":       5,
		"Garbage collections of A and B / pause service-a a1": 0.004,
		"Garbage collections of A and B / pause service-b b1": 0.005,
	}},

	{lab: "other tool", second: 30, a: ".*", b: "(b1|b2)", lines: map[string]float64{
		"mark Alerts / QueueAtLimit service-b b1": 1,
		"mark Alerts / QueueAtLimit service-b b2": 1,
		"mark Alerts / QueueAtLimit service-b b3": 1,
		"QPS now / QPS":                 30 + 12,
		"Not ok / not ok":               2 + 3,
		"QPS / ok (A)":                  none,
		"QPS / busy (B)":                2 + 3,
		"QPS / ok b1":                   30,
		"QPS / ok b2":                   12,
		"CPU of each process / others":  50,
		"Host CPU busy / others":        50,
		"Queue depth / limit":           800, // 201 wait
		"QPS and its ceiling / ceiling": 4 * 100 / 0.5,
		"rule instance:batches_at_once:max / service-b b1": 4,
	}},

	// One of four seconds had load.
	{lab: "end", second: 23, a: ".*", b: ".*", lines: map[string]float64{
		"QPS now / QPS":                  20. / 4,
		"ts_diff now / p50":              1. / 16 * math.Pow(2, 0.5),
		"ts_diff now / p99":              1. / 16 * math.Pow(2, 0.99),
		"QPS and its ceiling / measured": 10. / 4,
		"rule job_instance_outcome:requests:rate5s / service-a a1 ok":            20. / 4,
		"rule job_instance_outcome:requests:rate5s / service-b b1 ok":            10. / 4,
		"rule job_instance:ts_diff_seconds:rate5s / service-a a1 (0.25,0.5]":     20. / 4,
		"rule job_instance:ts_diff_seconds:rate5s / service-b b1 (0.0625,0.125]": 10. / 4,
		"rule job_instance:process_cpu:percent5s / service-b b1":                 200. / 4,
		"rule mode:node_cpu_seconds:share5s / user":                              1. / 4,
		"rule mode:node_cpu_seconds:share5s / idle":                              3. / 4,
	}},

	// An idle lab is no alert, whichever time the alert looks back.
	{lab: "end", second: 29, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
	}},
	{lab: "end", second: 36, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
	}},

	{lab: "two clients", second: 30, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / NothingSucceeds": 1,
	}},

	{lab: "restart", second: 20, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts":                   none, // down for 9 s
		"Targets up / service-b b1":     0,
		"Missed scrapes / service-b b1": 10,
		"Missed scrapes / service-b b2": 0,
		"Targets up / service-b b2":     1,
		"QPS / ok (B)":                  10,
	}},
	{lab: "restart", second: 21, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / TargetDown service-b b1": 1,
	}},
	{lab: "restart", second: 30, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
		// b1: 10. b2: 20 within 3 s, because its counter goes 270, 0, 10, 20.
		"QPS / ok (B)":                      10 + 20./3,
		"Targets / restarts / service-b b1": 1,
		"Targets / restarts / service-b b2": 1,
		"Targets / uptime / service-b b1":   6,
		"Targets / uptime / service-b b2":   2.5,
	}},

	{lab: "stopped", second: 12, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none, // nothing succeeds for 4 s
	}},
	{lab: "stopped", second: 13, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / NothingSucceeds": 1,
	}},
	{lab: "stopped", second: 14, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / NothingSucceeds": 1,
	}},
	{lab: "stopped", second: 15, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / NothingSucceeds":      1,
		"mark Alerts / TargetDown service-b": 1,
		"Targets up / service-a a1":          1,
	}},

	{lab: "gap", second: 14, a: ".*", b: ".*", lines: map[string]float64{
		"Age of the newest sample / service-b b1": 4,
	}},
	// A gap shows no data, except in queries over a longer time.
	{lab: "gap", second: 16, a: ".*", b: ".*", whole: true, lines: map[string]float64{
		"Targets / restarts / service-b b1": 0,
	}},
	{lab: "gap", second: 19, a: ".*", b: ".*", lines: map[string]float64{
		"Missed scrapes / service-b b1":   6,
		"Targets / missed / service-b b1": 6,
	}},
	{lab: "gap", second: 25, a: ".*", b: ".*", lines: map[string]float64{
		"Missed scrapes / service-b b1": 1,
	}},
	{lab: "gap", second: 27, a: ".*", b: ".*", lines: map[string]float64{
		"QPS / ok (A)":                            10,
		"Missed scrapes / service-b b1":           0, // b2 has missed none: it was not there
		"Age of the newest sample / service-b b1": 0,
		"Age of the newest sample / service-b b2": 0,
	}},

	{lab: "short batches", second: 28, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:fill_and_ai_seconds:mean5s / service-b b1": (15. + 3*13) / (50 + 3*100),
		"rule instance:fill_and_ai_seconds:mean5s / service-b b2": 4. / 50,
		"rule instance:fill_and_ai_seconds:mean5s / service-b b3": 2.2 / 200,
		"rule instance:fill_and_ai_seconds:mean5s / service-b b4": math.NaN(),
	}},
	{lab: "short batches", second: 30, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:concurrency:share / service-b b1": 15,
		"rule instance:concurrency:share / service-b b2": 15,
		"Batch fill / fill":                                     1, // of 140 + 50 + 250 slots
		"Batch fill and busy workers / fill":                    1,
		"rule instance:concurrency:share / service-b b3":        15,
		"rule instance:concurrency:share / service-b b4":        15,
		"rule instance:batches_at_once:max / service-b b1":      0.75,
		"rule instance:batches_at_once:max / service-b b2":      1,
		"rule instance:batches_at_once:max / service-b b3":      1.5,
		"rule instance:batches_at_once:max / service-b b4":      1,
		"rule instance:qps_of_batches:ceiling5s / service-b b1": 15 / ((12. + 1) / 100),
		"rule instance:qps_of_batches:ceiling5s / service-b b2": 1 * 50 / 0.2,
		"rule instance:qps_of_batches:ceiling5s / service-b b3": 15 / (2.2 / 200),
		"rule instance:qps_of_batches:ceiling5s / service-b b4": math.NaN(),
		"rule instance:qps:ceiling5s / service-b b1":            15 / 0.13,
		"rule instance:qps:ceiling5s / service-b b2":            250,
		"rule instance:qps:ceiling5s / service-b b3":            15 / 0.011,
		"QPS and its ceiling / ceiling":                         15/0.13 + 250 + 15/0.011,
		"QPS and its ceiling / measured":                        100 + 50 + 200,
		"QPS and its ceiling / % of ceiling":                    100 * 350 / (15/0.13 + 250 + 15/0.011),
	}},

	{lab: "quota", second: 28, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:batches_at_once:max / service-b b1":      8,
		"rule instance:qps_of_batches:ceiling5s / service-b b1": 8 * (80. + 3*100) / (4 * 0.5),
		"rule instance:qps_of_cores:ceiling5s / service-b b1":   1 * (80. + 3*100) / (0.2 + 3*0.4),
		"rule instance:qps:ceiling5s / service-b b1":            380 / 1.4,
		"Host CPU busy / others":                                none, // 9 %
	}},

	// The ceiling of b1 rises from 5000 to 10000, that of b2 from 2500 to 5000.
	{lab: "patched", second: 14, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:qps:ceiling5s / service-b b1": 5000,
		"rule instance:qps:ceiling5s / service-b b2": 2500,
	}},
	{lab: "patched", second: 15, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:qps:ceiling5s / service-b b1": 2 * (3*2500. + 6250) / (3*1 + 1.5),
		"rule instance:qps:ceiling5s / service-b b2": 2500,
		"Batch fill / fill":                          100,
		"Batch fill and busy workers / fill":         100,
	}},
	{lab: "patched", second: 17, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:qps:ceiling5s / service-b b1": 2 * (2500 + 6250 + 2*10000) / (1 + 1.5 + 2*2),
		"rule instance:qps:ceiling5s / service-b b2": 2500,
		"Batch fill / fill":                          100,
	}},
	{lab: "patched", second: 19, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:qps:ceiling5s / service-b b1": 10000,
		"rule instance:qps:ceiling5s / service-b b2": 2500,
		"QPS and its ceiling / ceiling":              12500,
	}},
	{lab: "patched", second: 20, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:qps:ceiling5s / service-b b1": 10000,
		"rule instance:qps:ceiling5s / service-b b2": math.NaN(),
		"QPS and its ceiling / ceiling":              math.NaN(),
		"QPS and its ceiling / % of ceiling":         none,
	}},
	{lab: "patched", second: 23, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:qps:ceiling5s / service-b b1": 10000,
		"rule instance:qps:ceiling5s / service-b b2": math.NaN(),
	}},
	{lab: "patched", second: 24, a: ".*", b: ".*", lines: map[string]float64{
		"rule instance:qps:ceiling5s / service-b b1": 10000,
		"rule instance:qps:ceiling5s / service-b b2": 5000,
		"QPS and its ceiling / ceiling":              15000,
	}},

	{lab: "bursts", second: 14, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
	}},
	{lab: "bursts", second: 15, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / NothingSucceeds":           1,
		"mark Alerts / QueueAtLimit service-b b1": 1,
	}},
	{lab: "bursts", second: 30, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / NothingSucceeds":           1,
		"mark Alerts / QueueAtLimit service-b b1": 1,
	}},

	{lab: "gone", second: 67, a: ".*", b: ".*", lines: map[string]float64{
		"Missed scrapes / service-b b1": 0, // b2 was removed and misses none
	}},
	{lab: "gone", second: 74, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
	}},
	{lab: "gone", second: 75, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / ReplicaGone service-b": 1,
	}},
	{lab: "gone", second: 124, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts / ReplicaGone service-b": 1,
	}},
	{lab: "gone", second: 125, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
	}},
	{lab: "replaced", second: 80, a: ".*", b: ".*", lines: map[string]float64{
		"mark Alerts": none,
	}},
}
