package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"
)

// What the simulated model is told to cost: the defaults.
const (
	callCost = 2 * time.Millisecond
	itemCost = 200 * time.Microsecond
)

// benchLab shows whether anything is wasted: for each batch size the QPS beside its ceiling, and the CPU
// that a request costs beside that of the model's arithmetic.
func benchLab(ctx context.Context, p plan, stdout io.Writer) error {
	t := table{
		title:   fmt.Sprintf("%d in flight, %d processors, %d s each, in turn; us: CPU per request", p.connections, runtime.NumCPU(), p.each),
		columns: []string{"requests/s", "ceiling", "client us", "server us", "both us", "model us", "host %"},
	}
	for _, size := range []int{1, 2, 5, 10, 20} {
		if size > p.connections { // it would never be full
			break
		}
		t.add(fmt.Sprintf("batches of %d", size), func(ctx context.Context) (figures, error) { return driveLab(ctx, size, p) })
		t.relate("requests/s", "ceiling")
		t.relate("both us", "model us")
	}
	return t.run(ctx, p.rounds, stdout)
}

func driveLab(ctx context.Context, size int, p plan) (figures, error) {
	b, ctx, err := start(ctx, serviceB(fmt.Sprintf("AI_MODEL=simulated AI_BATCH_COST=%v AI_ITEM_COST=%v BATCH_SIZE=%d QUEUE_LIMIT=20000", callCost, itemCost, size)))
	if err != nil {
		return nil, err
	}
	defer b.stop()
	f, err := labA().drive(ctx, b, p)
	if err != nil {
		return nil, err
	}
	metrics, err := b.metrics()
	if err != nil {
		return nil, err
	}
	f["both us"] = f["client us"] + f["server us"]
	f["model us"] = float64((callCost/time.Duration(size) + itemCost).Microseconds())
	f["ceiling"], err = ceiling(metrics, size, p.connections)
	return f, err
}

// ceiling is the QPS if the model never waited for requests, by service-b's count of how long calls take.
func ceiling(metrics string, size, connections int) (float64, error) {
	seconds, err := number(`(?m)^batcher_ai_seconds_sum (\S+)$`, metrics)
	calls, err2 := number(`(?m)^batcher_ai_seconds_count (\S+)$`, metrics)
	atOnce := min(runtime.GOMAXPROCS(0), connections/size)
	return float64(atOnce*size) * calls / seconds, errors.Join(err, err2)
}
