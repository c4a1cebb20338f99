package promqltest

// labs are what Prometheus scraped, once per second from second 0 on. "0+60x30" is 0, 60, 120 and so on: 60 per
// second for 30 seconds; "each H x30" adds the histogram H every second. The short selectors {a1}, {b1} and {node}
// stand for job and instance. Bucket i of schema 0 is (2^(i-1), 2^i], so offset:-3 begins with (1/16, 1/8].
var labs = map[string]string{
	// Closed loop on three replicas of B and three of A. The reader has chosen the first two of each: the odd figures of
	// a3 and b3 must show only where all replicas are listed.
	"load": `
loadgen_requests_total{a1, outcome="ok"}         0+98x30
loadgen_requests_total{a1, outcome="busy"}       0+5x30
loadgen_requests_total{a1, outcome="incomplete"} 0+3x30
loadgen_requests_total{a1, outcome="failed"}     0+1x30
loadgen_requests_total{a1, outcome="timeout"}    0+2x30
loadgen_requests_total{a1, outcome="rejected"}   0x30
loadgen_requests_total{a2, outcome="ok"}         0+10x30
loadgen_requests_total{a2, outcome="busy"}       0+4x30
loadgen_requests_total{a3, outcome="ok"}         0+1000x30
loadgen_requests_total{a3, outcome="busy"}       0+1000x30
loadgen_dropped_total{a1, reason="in_flight"}     0x30
loadgen_dropped_total{a1, reason="no_connection"} 0x30
loadgen_dropped_total{a3, reason="in_flight"}     0+7x30
loadgen_dropped_total{a3, reason="no_connection"} 0+8x30
loadgen_latency_seconds{a1}      each {{schema:0 offset:-3 sum:16.66 count:98 buckets:[49 39 10]}} x30
loadgen_latency_seconds{a2}      each {{schema:0 offset:-1 sum:4 count:10 buckets:[10]}} x30
loadgen_latency_seconds{a3}      each {{schema:0 offset:3 sum:7000 count:1000 buckets:[1000]}} x30
loadgen_ts_diff_seconds{a1}      each {{schema:0 offset:-3 sum:15.68 count:98 buckets:[49 39 10]}} x30
loadgen_ts_diff_seconds{a2}      each {{schema:0 offset:-1 sum:3.8 count:10 buckets:[10]}} x30
loadgen_ts_diff_seconds{a3}      each {{schema:0 offset:3 sum:7000 count:1000 buckets:[1000]}} x30
loadgen_schedule_lag_seconds{a1} each {{schema:0 offset:-9 sum:0.2 count:98 buckets:[98]}} x30
loadgen_rate{a1}                                 0x30
loadgen_rate{a3}                                 50x30
loadgen_in_flight{a1}                            0+1x30
loadgen_in_flight{a2}                            2x30
loadgen_in_flight{a3}                            500x30
loadgen_concurrency{a1}                          70x30
loadgen_concurrency{a2}                          30x30
loadgen_concurrency{a3}                          20x30
loadgen_concurrency_below_batch_size{a1}         0x30
loadgen_concurrency_below_batch_size{a3}         1x30
loadgen_config_info{a1, concurrency="70", rate="0", request_timeout="3s", busy_backoff="2s", warmup="1s"} 1x30
loadgen_config_info{a3, concurrency="20", rate="50", request_timeout="3s", busy_backoff="2s", warmup="1s"} 1x30

batcher_requests_total{b1, outcome="ok"}         0+60x30
batcher_requests_total{b1, outcome="incomplete"} 0+3x30
batcher_requests_total{b1, outcome="canceled"}   0+2x30
batcher_requests_total{b1, outcome="invalid"}    0+7x30
batcher_requests_total{b2, outcome="ok"}         0+40x30
batcher_requests_total{b2, outcome="failed"}     0+1x30
batcher_requests_total{b2, outcome="busy"}       0+5x30
batcher_requests_total{b2, outcome="too_large"}  0+4x30
batcher_requests_total{b2, outcome="draining"}   0+6x30
batcher_requests_total{b3, outcome="ok"}         0+5000x30
batcher_requests_total{b3, outcome="failed"}     0+5000x30
batcher_ts_diff_seconds{b1} each {{schema:0 offset:-3 sum:9 count:60 buckets:[40 14 6]}} x30
batcher_ts_diff_seconds{b2} each {{schema:0 offset:-3 sum:6.6 count:40 buckets:[10 26 4]}} x30
batcher_ts_diff_seconds{b3} each {{schema:0 offset:3 sum:35000 count:5000 buckets:[5000]}} x30
batcher_stage_seconds_total{b1, stage="network"} 0+0.3x30
batcher_stage_seconds_total{b1, stage="fill"}    0+2x30
batcher_stage_seconds_total{b1, stage="worker"}  0+4x30
batcher_stage_seconds_total{b1, stage="ai"}      0+2.6x30
batcher_stage_seconds_total{b1, stage="reply"}   0+0.1x30
batcher_stage_seconds_total{b2, stage="network"} 0+0.2x30
batcher_stage_seconds_total{b2, stage="fill"}    0+1.5x30
batcher_stage_seconds_total{b2, stage="worker"}  0+2.5x30
batcher_stage_seconds_total{b2, stage="ai"}      0+2.1x30
batcher_stage_seconds_total{b2, stage="reply"}   0+0.3x30
batcher_stage_seconds_total{b3, stage="network"} 0+9000x30
batcher_stage_seconds_total{b3, stage="fill"}    0+9000x30
batcher_stage_seconds_total{b3, stage="worker"}  0+9000x30
batcher_stage_seconds_total{b3, stage="ai"}      0+9000x30
batcher_stage_seconds_total{b3, stage="reply"}   0+9000x30
batcher_clock_skew_total{b1}                     0x30
batcher_clock_skew_total{b3}                     0+9x30

# b1 runs 5 full batches of 10 and 2 short ones of 5 per second, b2 runs 2 full ones of 20.
batcher_batch_size_configured{b1}                10x30
batcher_batch_size_configured{b2}                20x30
batcher_batch_size_configured{b3}                40x30
batcher_batches_total{b1, trigger="full"}        0+5x30
batcher_batches_total{b1, trigger="timeout"}     0+2x30
batcher_batches_total{b1, trigger="drain"}       0x30
batcher_batches_total{b2, trigger="full"}        0+2x30
batcher_batches_total{b3, trigger="drain"}       0+9x30
batcher_batch_size{b1} each {{schema:0 offset:3 sum:60 count:7 buckets:[2 5]}} x30
batcher_batch_size{b2} each {{schema:0 offset:5 sum:40 count:2 buckets:[2]}} x30
batcher_batch_size{b3} each {{schema:0 offset:0 sum:900 count:100 buckets:[100]}} x30
batcher_batch_size_sum{b1}                       0+60x30
batcher_batch_size_sum{b2}                       0+40x30
batcher_batch_size_sum{b3}                       0+900x30
batcher_batch_slots_total{b1}                    0+70x30
batcher_batch_slots_total{b2}                    0+40x30
batcher_batch_slots_total{b3}                    0+4000x30
batcher_ai_seconds{b1} each {{schema:0 offset:-3 sum:0.7 count:7 buckets:[5 2]}} x30
batcher_ai_seconds{b2} each {{schema:0 offset:-2 sum:0.4 count:2 buckets:[1 1]}} x30
batcher_ai_seconds{b3} each {{schema:0 offset:3 sum:700 count:100 buckets:[100]}} x30
batcher_ai_failures_total{b1}                    0x30
batcher_ai_failures_total{b3}                    0+9x30
batcher_ai_busy_seconds_total{b1}                0+2.1x30
batcher_ai_busy_seconds_total{b2}                0+1x30
batcher_ai_busy_seconds_total{b3}                0+60x30
batcher_ai_cpu_seconds_total{b1}                 0+0.35x30
batcher_ai_cpu_seconds_total{b2}                 0+0.2x30
batcher_ai_cpu_seconds_total{b3}                 0+50x30
batcher_cpu_cores{b1}                            2x30
batcher_cpu_cores{b2}                            1.5x30
batcher_cpu_cores{b3}                            1x30
batcher_ai_overdue{b1}                           0x30
batcher_ai_overdue{b3}                           5x30
batcher_ai_workers{b1}                           3x30
batcher_ai_workers{b2}                           4x30
batcher_ai_workers{b3}                           64x30
batcher_queue_depth{b1}                          200x30
batcher_queue_depth{b2}                          30x30
batcher_queue_depth{b3}                          9000x30
batcher_queue_limit{b1}                          800x30
batcher_queue_limit{b2}                          400x30
batcher_queue_limit{b3}                          10000x30
batcher_config_changed_timestamp_seconds{b1}     6.5x30
batcher_config_changed_timestamp_seconds{b3}     7x30
batcher_config_info{b1, batch_size="10", batch_timeout="1s", partial_batch="flush", queue_limit="800", ai_workers="3", ai_model="noop", ai_batch_cost="2ms", ai_item_cost="200us"} 1x30
batcher_config_info{b2, batch_size="20", batch_timeout="1s", partial_batch="fail", queue_limit="400", ai_workers="4", ai_model="noop", ai_batch_cost="2ms", ai_item_cost="200us"} 1x30
batcher_config_info{b3, batch_size="40", batch_timeout="1s", partial_batch="flush", queue_limit="10000", ai_workers="64", ai_model="noop", ai_batch_cost="2ms", ai_item_cost="200us"} 1x30

# Two cores, so 2 s of CPU time per second.
node_cpu_seconds_total{node, cpu="0", mode="user"}    0+0.5x30
node_cpu_seconds_total{node, cpu="0", mode="system"}  0+0.05x30
node_cpu_seconds_total{node, cpu="0", mode="nice"}    0+0.05x30
node_cpu_seconds_total{node, cpu="0", mode="idle"}    0+0.245x30
node_cpu_seconds_total{node, cpu="0", mode="iowait"}  0+0.08x30
node_cpu_seconds_total{node, cpu="0", mode="irq"}     0+0.015x30
node_cpu_seconds_total{node, cpu="0", mode="softirq"} 0+0.04x30
node_cpu_seconds_total{node, cpu="0", mode="steal"}   0+0.02x30
node_cpu_seconds_total{node, cpu="1", mode="user"}    0+0.3x30
node_cpu_seconds_total{node, cpu="1", mode="system"}  0+0.15x30
node_cpu_seconds_total{node, cpu="1", mode="nice"}    0+0.03x30
node_cpu_seconds_total{node, cpu="1", mode="idle"}    0+0.355x30
node_cpu_seconds_total{node, cpu="1", mode="iowait"}  0+0.04x30
node_cpu_seconds_total{node, cpu="1", mode="irq"}     0+0.005x30
node_cpu_seconds_total{node, cpu="1", mode="softirq"} 0+0.02x30
node_cpu_seconds_total{node, cpu="1", mode="steal"}   0+0.1x30
node_load1{node}                                 1.5x30
node_load5{node}                                 1.25x30
node_load15{node}                                1.125x30
process_cpu_seconds_total{a1}                    0+0.75x30
process_cpu_seconds_total{a3}                    0+8x30
process_cpu_seconds_total{b1}                    0+0.5x30
process_cpu_seconds_total{b2}                    0+0.25x30
process_cpu_seconds_total{b3}                    0+9x30
process_cpu_seconds_total{node}                  0+0.01x30
process_cpu_seconds_total{prometheus}            0+0.02x30
process_cpu_seconds_total{grafana}               0+0.03x30
process_resident_memory_bytes{b1}                40000000x30
process_resident_memory_bytes{node}              20000000x30
process_start_time_seconds{a1}                   3.25x30
process_start_time_seconds{a3}                   9x30
process_start_time_seconds{b1}                   4x30
process_start_time_seconds{grafana}              5x30
process_start_time_seconds{prometheus}           6x30
process_start_time_seconds{node}                 7x30
go_threads{b1}                                   12x30
go_threads{a3}                                   900x30
go_goroutines{a1}                                110x30
go_goroutines{a3}                                900x30
go_goroutines{b1}                                120x30
go_goroutines{b3}                                900x30
go_memstats_heap_alloc_bytes{a1}                 5000000x30
go_memstats_heap_alloc_bytes{a3}                 900x30
go_memstats_heap_alloc_bytes{b1}                 6000000x30
go_memstats_heap_alloc_bytes{b3}                 900x30
go_gc_duration_seconds_count{a1}                 0+2x30
go_gc_duration_seconds_count{a3}                 0+900x30
go_gc_duration_seconds_count{b1}                 0+3x30
go_gc_duration_seconds_count{b3}                 0+900x30
go_gc_duration_seconds{a1, quantile="0.5"}       0.001x30
go_gc_duration_seconds{a1, quantile="1"}         0.002x30
go_gc_duration_seconds{a3, quantile="1"}         900x30
go_gc_duration_seconds{b1, quantile="0.5"}       0.001x30
go_gc_duration_seconds{b1, quantile="1"}         0.003x30
go_gc_duration_seconds{b3, quantile="1"}         900x30

# What Prometheus adds itself, for two targets.
up{b1}                                           1x30
up{node}                                         1x30
scrape_duration_seconds{b1}                      0.004x30
scrape_duration_seconds{node}                    0.02x30
scrape_samples_scraped{b1}                       200x30
scrape_samples_scraped{node}                     300x30
prometheus_rule_group_iterations_missed_total{prometheus} 0+1x30
`,

	// Open loop above what B can do; a3 and b3 are not chosen. b1 rejects requests from the start.
	"overload": `
loadgen_rate{a1}                           200x30
loadgen_rate{a2}                           40x30
loadgen_requests_total{a1, outcome="ok"}   0+50x30
loadgen_requests_total{a1, outcome="busy"} 0+120x30
loadgen_dropped_total{a1, reason="in_flight"}     0+30x30
loadgen_dropped_total{a2, reason="in_flight"}     0+3x30
loadgen_dropped_total{a1, reason="no_connection"} 0+4x30
loadgen_dropped_total{a2, reason="no_connection"} 0+1x30
loadgen_in_flight{a1}                      10+1x30
loadgen_concurrency{a1}                    40x30
loadgen_schedule_lag_seconds{a1} each {{schema:0 offset:-9 sum:0.4 count:170 buckets:[160 10]}} x30
loadgen_schedule_lag_seconds{a3} each {{schema:0 offset:3 sum:7000 count:1000 buckets:[1000]}} x30
loadgen_ts_diff_seconds{a1}      each {{schema:0 offset:0 sum:40 count:50 buckets:[50]}} x30
batcher_requests_total{b1, outcome="ok"}   0+51x30
batcher_requests_total{b1, outcome="busy"} 0+121x30
batcher_requests_total{b2, outcome="draining"} 0x30
batcher_ts_diff_seconds{b1}      each {{schema:0 offset:0 sum:41 count:51 buckets:[40 11]}} x30
batcher_ai_seconds{b1}           each {{schema:0 offset:-1 sum:2 count:5 buckets:[5]}} x30
batcher_queue_depth{b1}                    800x30
batcher_queue_limit{b1}                    800x30
batcher_queue_depth{b2}                    2x30
batcher_queue_limit{b2}                    900x30
batcher_queue_limit{b3}                    5000x30
batcher_batch_size_configured{b1}          10x30
batcher_ai_workers{b1}                     2x30
batcher_ai_workers{b2}                     1x28 3 3
batcher_ai_workers{b3}                     64x30
batcher_batch_slots_total{b1}              0+50x30
batcher_ai_busy_seconds_total{b1}          0+1.6x30
batcher_ai_busy_seconds_total{b2}          0+0.9x30
batcher_ai_busy_seconds_total{b3}          0+50x30
batcher_ai_overdue{b1}                     0x28 1 1
batcher_ai_overdue{b2}                     1x30
batcher_ai_failures_total{b1}              0+1x30
batcher_ai_failures_total{b2}              0+2x30
batcher_clock_skew_total{b1}               0+2x30
process_cpu_seconds_total{a3}              0+0.1x30
process_cpu_seconds_total{b1}              0+0.6x30
process_cpu_seconds_total{b3}              0+0.2x30
process_cpu_seconds_total{prometheus}      0+0.3x30
node_cpu_seconds_total{node, cpu="0", mode="user"}    0+0.3x30
node_cpu_seconds_total{node, cpu="0", mode="system"}  0+0.08x30
node_cpu_seconds_total{node, cpu="0", mode="nice"}    0+0.05x30
node_cpu_seconds_total{node, cpu="0", mode="irq"}     0+0.03x30
node_cpu_seconds_total{node, cpu="0", mode="softirq"} 0+0.04x30
node_cpu_seconds_total{node, cpu="0", mode="idle"}    0+0.2x30
node_cpu_seconds_total{node, cpu="0", mode="iowait"}  0+0.1x30
node_cpu_seconds_total{node, cpu="0", mode="steal"}   0+0.2x30
node_cpu_seconds_total{node, cpu="1", mode="user"}    0+1x30
node_cpu_seconds_total{node, cpu="1", mode="idle"}    0x30
up{b1}                                     1x30
`,

	// CONCURRENCY 5 and batches of 10: no batch can fill.
	"starved": `
loadgen_requests_total{a1, outcome="ok"}         0x30
loadgen_requests_total{a1, outcome="incomplete"} 0+5x30
loadgen_concurrency{a1}                          5x30
loadgen_concurrency_below_batch_size{a1}         1x30
batcher_requests_total{b1, outcome="ok"}         0x30
batcher_requests_total{b1, outcome="incomplete"} 0+5x30
batcher_stage_seconds_total{b1, stage="ai"}      0x30
batcher_ts_diff_seconds{b1}                      {{schema:0}}x30
batcher_ai_seconds{b1}                           {{schema:0}}x30
batcher_batch_size_sum{b1}                       0x30
batcher_batch_slots_total{b1}                    0x30
batcher_batch_size_configured{b1}                10x30
batcher_ai_workers{b1}                           2x30
batcher_config_info{b1, partial_batch="fail"}    1x30
node_cpu_seconds_total{node, cpu="0", mode="user"}  0+0.6x30
node_cpu_seconds_total{node, cpu="0", mode="idle"}  0+0.391x30
node_cpu_seconds_total{node, cpu="0", mode="steal"} 0+0.009x30
process_cpu_seconds_total{a1}                    0+0.1x30
process_cpu_seconds_total{b1}                    0+0.2x30
go_goroutines{a1}                                11x30
go_goroutines{b1}                                12x30
go_memstats_heap_alloc_bytes{a1}                 1000x30
go_memstats_heap_alloc_bytes{b1}                 2000x30
go_gc_duration_seconds_count{a1}                 0+4x30
go_gc_duration_seconds_count{b1}                 0+5x30
go_gc_duration_seconds{a1, quantile="1"}         0.004x30
go_gc_duration_seconds{b1, quantile="1"}         0.005x30
up{b1}                                           1x30
`,

	// Another load tool takes the place of A: 10 calls of 50 ms per second on b1. b3 is not chosen.
	"other tool": `
batcher_requests_total{b1, outcome="ok"}   0+30x30
batcher_requests_total{b1, outcome="busy"} 0+2x30
batcher_requests_total{b2, outcome="ok"}   0+12x30
batcher_requests_total{b2, outcome="busy"} 0+3x30
batcher_requests_total{b3, outcome="ok"}   0+500x30
batcher_requests_total{b3, outcome="busy"} 0+500x30
batcher_batch_size_configured{b1}          10x30
batcher_ai_workers{b1}                     4x30
batcher_queue_depth{b1}                    201x30
batcher_queue_limit{b1}                    800x30
batcher_batch_slots_total{b1}              0+100x30
node_cpu_seconds_total{node, cpu="0", mode="user"} 0+0.5x30
node_cpu_seconds_total{node, cpu="0", mode="idle"} 0+0.5x30
batcher_ai_seconds{b1}                     each {{schema:0 offset:-4 sum:0.5 count:10 buckets:[10]}} x30
up{b1}                                     1x30
`,

	// After second 20 the load ends: "now" is the last five seconds.
	"end": `
loadgen_requests_total{a1, outcome="ok"}           0+20x20 400x20
batcher_requests_total{b1, outcome="ok"}           0+10x20 200x9
loadgen_ts_diff_seconds{a1} each {{schema:0 offset:-1 sum:6 count:20 buckets:[20]}} x20 {{schema:0 offset:-1 sum:126 count:420 buckets:[420]}}x9
batcher_ts_diff_seconds{b1} each {{schema:0 offset:-3 sum:1 count:10 buckets:[10]}} x20 {{schema:0 offset:-3 sum:21 count:210 buckets:[210]}}x9
process_cpu_seconds_total{b1}                      0+2x20 40x9
node_cpu_seconds_total{node, cpu="0", mode="user"} 0+1x20 20x9
node_cpu_seconds_total{node, cpu="0", mode="idle"} 100x20 101+1x9
up{b1}                                             1x40
`,

	// All requests of A time out, while those of another load tool succeed.
	"two clients": `
loadgen_requests_total{a1, outcome="ok"}      0x30
loadgen_requests_total{a1, outcome="timeout"} 0+3x30
batcher_requests_total{b1, outcome="ok"}      0+9x30
up{b1}                                        1x30
`,

	// b1 is away from second 11 to 24. b2 restarts within one second, after second 27.
	"restart": `
batcher_requests_total{b1, outcome="ok"} 0+10x10 stale _x13 0+10x5
batcher_requests_total{b2, outcome="ok"} 0+10x27 0+10x2
process_start_time_seconds{b1}           -5x10 stale _x13 24x5
process_start_time_seconds{b2}           -5x27 27.5x2
up{b1}                                   1x10 0x13 1x5
up{b2}                                   1x30
`,

	// B is stopped at second 5. Its name is gone, so Prometheus has no target for it. A keeps sending in vain.
	"stopped": `
loadgen_requests_total{a1, outcome="ok"}         0+10x4 40x26
loadgen_requests_total{a1, outcome="connection"} 0+7x30
up{a1}                                           1x30
up{b1}                                           1x4 stale
`,

	// Prometheus scrapes nothing from second 11 to 16. b2 is new at second 25.
	"gap": `
loadgen_requests_total{a1, outcome="ok"} 0+10x10 _x6 170+10x13
batcher_requests_total{b1, outcome="ok"} 0+10x10 _x6 170+10x13
batcher_ts_diff_seconds{b1}              each {{schema:0 offset:-3 sum:1 count:10 buckets:[10]}} x10
batcher_queue_depth{b1}                  5x10 _x6 5x13
batcher_queue_limit{b1}                  800x10 _x6 800x13
process_start_time_seconds{b1}           -5x10 _x6 -5x13
up{b1}                                   1x10 _x6 1x13
up{b2}                                   _x25 1x5
`,

	// A has 60 in flight, 15 for each replica. Batches of 20 and of 10 fill in part (b1, b3), or only one at a time fills
	// (b2); b4 is idle. From second 26 on, b1 is faster.
	"short batches": `
loadgen_concurrency{a1}                              20x30
loadgen_concurrency{a2}                              40x30
batcher_config_info{b1, partial_batch="flush"}       1x30
batcher_config_info{b2, partial_batch="fail"}        1x30
batcher_config_info{b3, partial_batch="eager"}       1x30
batcher_config_info{b4, partial_batch="fail"}        1x30
batcher_batch_size_configured{b1}                    20x30
batcher_batch_size_configured{b2}                    10x30
batcher_batch_size_configured{b3}                    10x30
batcher_batch_size_configured{b4}                    10x30
batcher_ai_workers{b1}                               2x30
batcher_ai_workers{b2}                               4x30
batcher_ai_workers{b3}                               2x30
batcher_ai_workers{b4}                               2x30
batcher_cpu_cores{b1}                                2x30
batcher_cpu_cores{b2}                                2x30
batcher_cpu_cores{b3}                                2x30
batcher_cpu_cores{b4}                                2x30
batcher_requests_total{b1, outcome="ok"}             0+50x25 1350+100x4
batcher_requests_total{b2, outcome="ok"}             0+50x30
batcher_requests_total{b3, outcome="ok"}             0+200x30
batcher_requests_total{b4, outcome="ok"}             0x30
batcher_requests_total{b1, outcome="failed"}         0+30x30
batcher_stage_seconds_total{b1, stage="network"}     0+9x30
batcher_stage_seconds_total{b1, stage="fill"}        0+14x25 362+12x4
batcher_stage_seconds_total{b1, stage="worker"}      0+9x30
batcher_stage_seconds_total{b1, stage="ai"}          0+1x30
batcher_stage_seconds_total{b1, stage="reply"}       0+9x30
batcher_stage_seconds_total{b2, stage="fill"}        0+2x30
batcher_stage_seconds_total{b2, stage="ai"}          0+2x30
batcher_stage_seconds_total{b3, stage="fill"}        0+0.2x30
batcher_stage_seconds_total{b3, stage="ai"}          0+2x30
batcher_stage_seconds_total{b4, stage="fill"}        0x30
batcher_stage_seconds_total{b4, stage="ai"}          0x30
batcher_batch_size_sum{b1}                           0+4.4x30
batcher_batch_slots_total{b1}                        0+140x30
batcher_batch_slots_total{b2}                        0+50x30
batcher_batch_slots_total{b3}                        0+250x30
batcher_batch_slots_total{b4}                        0x30
batcher_ai_cpu_seconds_total{b1}                     0+0.05x30
batcher_ai_cpu_seconds_total{b2}                     0+0.18x30
batcher_ai_cpu_seconds_total{b3}                     0+0.2x30
batcher_ai_cpu_seconds_total{b4}                     0x30
batcher_ai_seconds{b1} each {{schema:0 offset:-7 sum:0.07 count:7 buckets:[7]}} x30
batcher_ai_seconds{b2} each {{schema:0 offset:-5 sum:0.2 count:5 buckets:[5]}} x30
batcher_ai_seconds{b3} each {{schema:0 offset:-6 sum:0.3 count:25 buckets:[25]}} x30
batcher_ai_seconds{b4} {{schema:0}}x30
`,

	// Eight workers of b1 share the one core that its container may use, while few of them are busy. From second 26 on,
	// calls need twice the CPU.
	"quota": `
node_cpu_seconds_total{node, cpu="0", mode="user"}   0+0.59x30
node_cpu_seconds_total{node, cpu="0", mode="idle"}   0+0.41x30
process_cpu_seconds_total{b1}                        0+0.5x30
loadgen_concurrency{a1}                              200x30
batcher_batch_size_configured{b1}                    10x30
batcher_ai_workers{b1}                               8x30
batcher_cpu_cores{b1}                                1x30
batcher_batch_slots_total{b1}                        0+80x25 2100+100x4
batcher_ai_cpu_seconds_total{b1}                     0+0.2x25 5.4+0.4x4
batcher_ai_seconds{b1} each {{schema:0 offset:-4 sum:0.5 count:10 buckets:[10]}} x30
`,

	// b1 takes a BATCH_SIZE of 50 instead of 10 at second 14.5: half busy with calls of 4 ms before, busy with calls
	// of 10 ms after. b2 takes a second worker at second 19.5; its calls take 4 ms.
	"patched": `
loadgen_concurrency{a1}                              254x30
batcher_config_info{b1, partial_batch="fail"}        1x30
batcher_config_info{b2, partial_batch="fail"}        1x30
batcher_batch_size_configured{b1}                    10x14 50x15
batcher_batch_size_configured{b2}                    10x30
batcher_ai_workers{b1}                               2x30
batcher_ai_workers{b2}                               1x19 2x10
batcher_batch_size_sum{b1}                           0+2500x14 41250+10000x15
batcher_batch_size_sum{b2}                           0+2500x19 51250+5000x10
batcher_batch_slots_total{b1}                        0+2500x14 41250+10000x15
batcher_batch_slots_total{b2}                        0+2500x19 51250+5000x10
batcher_requests_total{b1, outcome="ok"}             0+2500x14 41250+10000x15
batcher_requests_total{b2, outcome="ok"}             0+2500x19 51250+5000x10
batcher_ai_seconds{b1} each {{schema:0 offset:-7 sum:1 count:250 buckets:[250]}} x14 {{schema:0 offset:-7 sum:16.5 count:3975 buckets:[3975]}}+{{schema:0 offset:-7 sum:2 count:200 buckets:[200]}}x15
batcher_ai_seconds{b2} each {{schema:0 offset:-7 sum:1 count:250 buckets:[250]}} x19 {{schema:0 offset:-7 sum:21.5 count:5375 buckets:[5375]}}+{{schema:0 offset:-7 sum:2 count:500 buckets:[500]}}x10
`,

	// All requests that A sends time out together, every ten seconds. b1 rejects ten requests every eight seconds, b2
	// only once.
	"bursts": `
loadgen_requests_total{a1, outcome="ok"}         0x30
loadgen_requests_total{a1, outcome="incomplete"} 0x9 5x9 10x9
batcher_requests_total{b1, outcome="busy"}       0x4 10x7 20x7 30x7 40x1
batcher_requests_total{b2, outcome="busy"}       0x4 10x25
up{b1}                                           1x30
`,

	// One of two replicas of B goes at second 65.
	"gone": `
up{b1}                                           1x130
up{b2}                                           1x64 stale
scrape_duration_seconds{b1}                      0.001x130
`,

	// b3 takes the place of b2 within seven seconds.
	"replaced": `
up{b1}                                           1x130
up{b2}                                           1x64 stale
up{b3}                                           _x72 1x58
`,
}
