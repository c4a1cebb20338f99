package main

import (
	"context"
	"fmt"
	"io"
)

// benchA measures what a request costs a load generator: the CPU of the client.
func benchA(ctx context.Context, p plan, stdout io.Writer) error {
	server, ctx, err := start(ctx, plain("plain gin", "std"))
	if err != nil {
		return err
	}
	defer server.stop()
	t := table{
		title:   fmt.Sprintf("%d connections to a plain gin handler, %d s each, in turn; us: the client's CPU per request", p.connections, p.each),
		columns: []string{"requests/s", "client us"},
	}
	for i, client := range clients() {
		t.add(client.name, func(ctx context.Context) (figures, error) { return client.drive(ctx, server, p) })
		if i > 0 {
			t.compare(0, i, t.columns...)
		}
	}
	return t.run(ctx, p.rounds, stdout)
}
