// Bench-a measures what a request costs the load generator: service-a beside others, against a plain
// gin handler. All run as processes, in turn, so that what the machine does meanwhile hits all alike;
// the ratios are taken within each round. Only the client's own CPU counts.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"batchlab/deploy/bench/process"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench-a:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("bench-a", flag.ExitOnError)
	rounds := flags.Int("rounds", 5, "how often each client drives")
	each := flags.Duration("each", 4*time.Second, "how long, each time; whole seconds")
	connections := flags.Int("connections", 128, "keep-alive connections of each client")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-a-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := process.Build(ctx, dir, "", "batchlab/service-a", "batchlab/deploy/bench/plain"); err != nil {
		return err
	}
	plain := process.NewServer("plain gin", "127.0.0.1:5980", nil, filepath.Join(dir, "plain"), "-addr", "127.0.0.1:5980")
	if err := plain.Start(ctx); err != nil {
		return err
	}
	defer plain.Stop()
	clients, err := newClients(ctx, dir, load{"http://" + plain.Address + "/testB", *connections, *each})
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d connections to a plain gin handler, %v each, in turn; requests/s and CPU of the client per request\n\n", *connections, *each)
	results := make([][]result, 0, *rounds)
	for range *rounds {
		var round []result
		for _, c := range clients {
			r, err := c.drive(ctx, *each)
			if err != nil {
				return err
			}
			round = append(round, r)
		}
		results = append(results, round)
		printRound(stdout, clients, round)
	}
	printRatios(stdout, clients, results)
	return nil
}
