package main

import (
	"context"
	"os"
	"path/filepath"

	"batchlab/deploy/bench/process"
)

// startServers builds and starts the plain handler, service-b, and the plain handler with the codec
// and the garbage collection of service-b, in the order in which they are driven.
func startServers(ctx context.Context) ([]*process.Server, error) {
	dir, err := os.MkdirTemp("", "bench-b-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // a running program outlives its file
	if err := process.Build(ctx, dir, "", "batchlab/service-b", "batchlab/deploy/bench/plain"); err != nil {
		return nil, err
	}
	plain := filepath.Join(dir, "plain")
	servers := []*process.Server{
		process.NewServer("plain gin, encoding/json", "127.0.0.1:5970", nil, plain, "-addr", "127.0.0.1:5970"),
		serviceB(dir),
		process.NewServer("plain gin, codec and GOGC of service-b", "127.0.0.1:5973", nil, plain, "-addr", "127.0.0.1:5973", "-codec", "same"),
	}
	for i, s := range servers {
		if err := s.Start(ctx); err != nil {
			for _, started := range servers[:i] {
				started.Stop()
			}
			return nil, err
		}
	}
	return servers, nil
}

// serviceB is the server under test, built into dir.
func serviceB(dir string) *process.Server {
	return process.NewServer("service-b, batches of 10", "127.0.0.1:5971",
		[]string{"LISTEN_ADDR=127.0.0.1:5971", "ADMIN_ADDR=127.0.0.1:5972", "AI_MODEL=noop", "BATCH_SIZE=10"}, filepath.Join(dir, "service-b"))
}
