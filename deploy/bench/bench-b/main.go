// Bench-b measures what batching costs: service-b with the noop model beside a plain gin handler that
// does the same JSON work. The servers run as processes and are driven in turn by the same client, so
// that what the machine does meanwhile hits all alike; the ratios are taken within each round.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench-b:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("bench-b", flag.ExitOnError)
	rounds := flags.Int("rounds", 7, "how often each server is driven")
	each := flags.Duration("each", 4*time.Second, "how long, each time")
	connections := flags.Int("connections", 128, "keep-alive connections of the client")
	idle := flags.Int("idle", 0, "idle keep-alive connections beside them; above 0, service-b with and without is what is compared")
	if err := flags.Parse(args); err != nil {
		return err
	}
	client, err := newWrk(*connections, *each)
	if err != nil {
		return err
	}
	defer client.close()

	if *idle > 0 {
		return compareIdle(ctx, client, *rounds, *idle, stdout)
	}

	servers, err := startServers(ctx)
	if err != nil {
		return err
	}
	defer func() {
		for _, s := range servers {
			s.Stop()
		}
	}()
	fmt.Fprintf(stdout, "%d connections, %v each, in turn; requests/s and CPU of the server per request\n\n", *connections, *each)
	results := make([][]result, 0, *rounds)
	for range *rounds {
		var round []result
		for _, s := range servers {
			r, err := client.drive(ctx, s)
			if err != nil {
				return err
			}
			round = append(round, r)
		}
		results = append(results, round)
		printRound(stdout, servers, round)
	}
	printRatios(stdout, servers, results)
	return nil
}
