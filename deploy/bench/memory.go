package main

import (
	"context"
	"fmt"
	"io"
)

// benchMemory shows the memory of service-a with more connections, and as a run gets longer, against
// service-b with the noop model.
func benchMemory(ctx context.Context, p plan, stdout io.Writer) error {
	server, ctx, err := start(ctx, serviceB("AI_MODEL=noop QUEUE_LIMIT=20000"))
	if err != nil {
		return err
	}
	defer server.stop()
	t := table{title: "MB: the highest resident memory of service-a", columns: []string{"requests", "client MB"}}
	add := func(name string, p plan) {
		t.add(name, func(ctx context.Context) (figures, error) { return labA().drive(ctx, server, p) })
	}
	for _, connections := range []int{10, 1000, 10_000} {
		add(fmt.Sprintf("%d connections", connections), plan{each: p.each, connections: connections})
	}
	for _, requests := range []int{p.requests / 10, p.requests} {
		add(fmt.Sprintf("%d requests", requests), plan{connections: 127, requests: requests})
	}
	t.compare(1, 0, "client MB")
	t.compare(2, 0, "client MB")
	t.compare(4, 3, "client MB")
	return t.run(ctx, p.rounds, stdout)
}
