// Memory-a shows what memory service-a occupies: as a run gets longer, and with more connections, against
// service-b with the noop model. Its figures are resident memory, as top's RES.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"

	"batchlab/deploy/bench/process"
)

const (
	target      = "127.0.0.1:5990"
	targetAdmin = "127.0.0.1:5991"
	admin       = "127.0.0.1:5992"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "memory-a:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("memory-a", flag.ExitOnError)
	requests := flags.Float64("requests", 10e6, "the longest run")
	each := flags.Duration("each", 10*time.Second, "how long each run at another CONCURRENCY lasts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "memory-a-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := process.Build(ctx, dir, "", "batchlab/service-a", "batchlab/service-b"); err != nil {
		return err
	}
	b := process.NewServer("service-b", targetAdmin, []string{"LISTEN_ADDR=" + target, "ADMIN_ADDR=" + targetAdmin,
		"AI_MODEL=noop", "QUEUE_LIMIT=20000"}, filepath.Join(dir, "service-b"))
	if err := b.Start(ctx); err != nil {
		return err
	}
	defer b.Stop()
	fmt.Fprintf(stdout, "%-12s %12s %10s\n", "CONCURRENCY", "requests", "memory")
	program := filepath.Join(dir, "service-a")
	for _, concurrency := range []int{10, 1000, 10_000} {
		if err := watch(ctx, stdout, program, concurrency, func(_ float64, since time.Duration) bool { return since >= *each }); err != nil {
			return err
		}
	}
	for _, sent := range []float64{*requests / 10, *requests} {
		if err := watch(ctx, stdout, program, 127, func(n float64, _ time.Duration) bool { return n >= sent }); err != nil {
			return err
		}
	}
	return nil
}

// watch starts service-a, and prints what it occupies when enough has been done.
func watch(ctx context.Context, stdout io.Writer, program string, concurrency int, enough func(requests float64, since time.Duration) bool) error {
	a := process.NewServer("service-a", admin, []string{"TARGET_URL=http://" + target + "/testB", "TARGET_ADMIN_URL=http://" + targetAdmin,
		"ADMIN_ADDR=" + admin, "REQUEST_TIMEOUT=1m", "REQUESTS=0", "CONCURRENCY=" + strconv.Itoa(concurrency)}, program)
	if err := a.Start(ctx); err != nil {
		return err
	}
	defer a.Stop()
	start, requests := time.Now(), 0.0
	for !enough(requests, time.Since(start)) {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		if requests, err = served(ctx); err != nil {
			return err
		}
	}
	memory, err := a.Memory()
	fmt.Fprintf(stdout, "%-12d %12.0f %7.1f MB\n", concurrency, requests, float64(memory)/1e6)
	return err
}

// served asks service-a how many requests were ok; others are an error.
func served(ctx context.Context) (float64, error) {
	families, err := process.Metrics(ctx, admin)
	if err != nil {
		return 0, err
	}
	ok := 0.0
	for _, m := range families["loadgen_requests_total"].GetMetric() {
		outcome, n := m.GetLabel()[0].GetValue(), m.GetCounter().GetValue()
		switch {
		case outcome == "ok":
			ok = n
		case n > 0:
			return 0, errors.New(strconv.FormatFloat(n, 'f', 0, 64) + " requests were " + outcome)
		}
	}
	return ok, nil
}
