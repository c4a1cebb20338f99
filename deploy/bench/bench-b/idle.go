package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"batchlab/deploy/bench/process"
)

// compareIdle drives service-b with n idle connections beside the busy ones, and without, in turn:
// what waits should cost memory, and no throughput.
func compareIdle(ctx context.Context, client *wrk, rounds, n int, stdout io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-b-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := process.Build(ctx, dir, "", "batchlab/service-b"); err != nil {
		return err
	}
	server := serviceB(dir)
	if err := server.Start(ctx); err != nil {
		return err
	}
	defer server.Stop()
	var rates, costs []float64
	for range rounds {
		without, err := client.drive(ctx, server)
		if err != nil {
			return err
		}
		conns, err := openIdle(server.Address, n)
		if err != nil {
			return fmt.Errorf("%d idle connections: %w", n, err)
		}
		with, err := client.drive(ctx, server)
		memory, _ := server.Memory() // shown, not compared
		for _, conn := range conns {
			_ = conn.Close()
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%8.0f/s %6.1f us   with %d idle connections %8.0f/s %6.1f us, %d MB\n",
			without.rate, without.cpu, n, with.rate, with.cpu, memory>>20)
		rates, costs = append(rates, with.rate/without.rate), append(costs, with.cpu/without.cpu)
	}
	fmt.Fprintf(stdout, "\n%-70s %6s %6s %6s\n", fmt.Sprintf("with %d idle connections / without", n), "median", "min", "max")
	printSpread(stdout, "requests/s", rates)
	printSpread(stdout, "CPU per request", costs)
	return nil
}

// openIdle makes n connections that have been used, and are kept.
func openIdle(address string, n int) ([]net.Conn, error) {
	conns := make([]net.Conn, 0, n)
	for range n {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: b\r\n\r\n"); err != nil {
			return conns, err
		}
		response, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
		if err != nil {
			return conns, err
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return conns, err
		}
		_ = response.Body.Close()
	}
	return conns, nil
}
