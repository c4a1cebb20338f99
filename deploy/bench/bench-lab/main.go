// Bench-lab measures whether anything is wasted: for each batch size it runs service-a against service-b with
// the simulated model, and prints the QPS beside the predicted ceiling, who held the CPU, and what a
// request cost beside what the model's arithmetic alone costs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"batchlab/deploy/bench/process"
)

const (
	traffic, admin = "127.0.0.1:5980", "127.0.0.1:5981"
	callCost       = 2 * time.Millisecond // the defaults of AI_BATCH_COST and AI_ITEM_COST
	itemCost       = 200 * time.Microsecond
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench-lab:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("bench-lab", flag.ExitOnError)
	each := flags.Duration("each", 10*time.Second, "how long each batch size is driven")
	concurrency := flags.Int("concurrency", 127, "requests in flight")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-lab-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := process.Build(ctx, dir, "", "batchlab/service-a", "batchlab/service-b"); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d in flight, %d processors, %v each; CPU in cores, cost in microseconds of CPU per request\n\n", *concurrency, runtime.NumCPU(), *each)
	fmt.Fprintf(stdout, "%10s %8s %8s %6s %6s %6s %7s %7s %7s\n", "batch_size", "QPS", "ceiling", "%", "A", "B", "host %", "cost", "model")
	for _, size := range []int{1, 2, 5, 10, 20} {
		if err := row(ctx, dir, size, *concurrency, *each, stdout); err != nil {
			return err
		}
	}
	return nil
}

// report is what is read of service-a's.
type report struct {
	QPS float64 `json:"qps"`
	CPU struct {
		A    float64 `json:"a_cores"`
		B    float64 `json:"b_cores"`
		Host float64 `json:"host_busy_percent"`
	} `json:"cpu"`
}

func row(ctx context.Context, dir string, size, concurrency int, each time.Duration, stdout io.Writer) error {
	b := process.NewServer("service-b", admin, []string{"LISTEN_ADDR=" + traffic, "ADMIN_ADDR=" + admin, "BATCH_SIZE=" + strconv.Itoa(size)},
		filepath.Join(dir, "service-b"))
	if err := b.Start(ctx); err != nil {
		return err
	}
	defer b.Stop()
	reports := filepath.Join(dir, strconv.Itoa(size))
	if err := os.Mkdir(reports, 0o755); err != nil {
		return err
	}
	environ := []string{
		"TARGET_URL=http://" + traffic + "/testB", "TARGET_ADMIN_URL=http://" + admin, "ADMIN_ADDR=127.0.0.1:5982", "REPORT_DIR=" + reports,
		"CONCURRENCY=" + strconv.Itoa(concurrency), "REQUESTS=0", "WARMUP=1s", "DURATION=" + each.String(),
	}
	if _, err := process.Run(ctx, environ, filepath.Join(dir, "service-a")); err != nil {
		return err
	}
	r, err := readReport(reports)
	if err != nil {
		return err
	}
	aiSeconds, err := meanAISeconds(ctx)
	if err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	ceiling := float64(min(workers, concurrency/size)*size) / aiSeconds
	cost := (r.CPU.A + r.CPU.B) / r.QPS * 1e6
	model := callCost/time.Duration(size) + itemCost
	fmt.Fprintf(stdout, "%10d %8.0f %8.0f %6.1f %6.2f %6.2f %7.1f %7.0f %7d\n",
		size, r.QPS, ceiling, 100*r.QPS/ceiling, r.CPU.A, r.CPU.B, r.CPU.Host, cost, model.Microseconds())
	return nil
}

func readReport(dir string) (r report, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "run-*.json"))
	if err != nil || len(files) != 1 {
		return r, fmt.Errorf("%d reports in %s, %w", len(files), dir, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

// meanAISeconds is how long a call of the model took, by service-b's own count.
func meanAISeconds(ctx context.Context) (float64, error) {
	families, err := process.Metrics(ctx, admin)
	if err != nil {
		return 0, err
	}
	series := families["batcher_ai_seconds"].GetMetric()
	if len(series) == 0 {
		return 0, errors.New("service-b does not show batcher_ai_seconds")
	}
	calls := series[0].GetHistogram()
	return calls.GetSampleSum() / float64(calls.GetSampleCount()), nil
}
