package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"time"
)

// benchmark runs contenders and prints a table.
type benchmark struct {
	run             func(context.Context, plan, io.Writer) error
	plan            plan   // the defaults
	flags           string // the fields of the plan that can be changed
	wrk, generators bool   // it needs wrk, and the load generators written in Go
}

func benchmarks() map[string]benchmark {
	return map[string]benchmark{
		"a": {run: benchA, plan: plan{rounds: 5, each: 4, connections: 128},
			flags: "rounds each connections", wrk: true, generators: true},
		"b": {run: benchB, plan: plan{rounds: 7, each: 4, connections: 128},
			flags: "rounds each connections idle", wrk: true},
		"lab": {run: benchLab, plan: plan{rounds: 3, each: 10, connections: 127},
			flags: "rounds each connections"},
		"memory": {run: benchMemory, plan: plan{rounds: 1, each: 10, requests: 10_000_000},
			flags: "rounds each requests"},
	}
}

// benchA measures the CPU that each load generator uses per request.
func benchA(ctx context.Context, p plan, stdout io.Writer) error {
	server, ctx, err := start(ctx, plain("plain gin", "std"))
	if err != nil {
		return err
	}
	defer server.stop()
	t := table{
		title: fmt.Sprintf("%d connections to a plain gin handler, %d s each, in turn; us: the client's CPU per request",
			p.connections, p.each),
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

func serviceB(environ string) contender { return contender{"service-b", environ + " exec service-b"} }

// benchB measures the cost of batching: wrk loads service-b with the noop model, and a plain gin handler
// that does the same JSON work. With idle connections, it measures service-b alone.
func benchB(ctx context.Context, p plan, stdout io.Writer) error {
	t := table{
		title: fmt.Sprintf("wrk with %d connections, %d s each, in turn; us: the server's CPU per request",
			p.connections, p.each),
		columns: []string{"requests/s", "server us", "server MB"},
	}
	servers := []contender{serviceB("AI_MODEL=noop BATCH_SIZE=10")}
	if p.idle == 0 {
		servers = append(servers,
			plain("plain gin, encoding/json", "std"), plain("plain gin, codec and GOGC of service-b", "same"))
	}
	for i, c := range servers {
		server, running, err := start(ctx, c)
		if err != nil {
			return err
		}
		defer server.stop()
		ctx = running // if one server ends, everything ends
		t.add(c.name, func(ctx context.Context) (figures, error) { return wrk().drive(ctx, server, p) })
		if i > 0 {
			t.compare(0, i, "requests/s", "server us")
		}
		if p.idle > 0 {
			with := fmt.Sprintf("with %d idle connections", p.idle)
			t.add(with, func(ctx context.Context) (figures, error) { return driveIdle(ctx, server, p) })
			t.compare(1, 0, "requests/s", "server us") // no ratio of memory: the process keeps it between the runs
		}
	}
	return t.run(ctx, p.rounds, stdout)
}

// driveIdle loads a server that also has idle connections, which should cost memory and nothing else.
func driveIdle(ctx context.Context, server *process, p plan) (figures, error) {
	for range p.idle {
		conn, err := net.Dial("tcp", server.traffic)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: b\r\n\r\n") // servers keep used connections longer
	}
	return wrk().drive(ctx, server, p)
}

// The costs given to the simulated model: its defaults.
const (
	callCost = 2 * time.Millisecond
	itemCost = 200 * time.Microsecond
)

// benchLab shows the waste: for each batch size, QPS beside its ceiling, and CPU beside the model's arithmetic.
func benchLab(ctx context.Context, p plan, stdout io.Writer) error {
	t := table{
		title: fmt.Sprintf("%d in flight, %d processors, %d s each, in turn; us: CPU per request",
			p.connections, runtime.NumCPU(), p.each),
		columns: []string{"requests/s", "ceiling", "client us", "server us", "both us", "model us", "host %"},
	}
	for _, size := range []int{1, 2, 5, 10, 20} {
		if size > p.connections { // it would never fill
			break
		}
		name := fmt.Sprintf("batches of %d", size)
		t.add(name, func(ctx context.Context) (figures, error) { return driveLab(ctx, size, p) })
		t.relate("requests/s", "ceiling")
		t.relate("both us", "model us")
	}
	return t.run(ctx, p.rounds, stdout)
}

func driveLab(ctx context.Context, size int, p plan) (figures, error) {
	b, ctx, err := start(ctx, serviceB(fmt.Sprintf("AI_MODEL=simulated AI_BATCH_COST=%v AI_ITEM_COST=%v "+
		"BATCH_SIZE=%d QUEUE_LIMIT=20000", callCost, itemCost, size)))
	if err != nil {
		return nil, err
	}
	defer b.stop()
	f, err := labA().drive(ctx, b, p)
	if err != nil {
		return nil, err
	}
	metrics, metricsErr := b.metrics()
	f["ceiling"], err = ceiling(metrics, size, p.connections)
	f["both us"] = f["client us"] + f["server us"]
	f["model us"] = float64((callCost/time.Duration(size) + itemCost).Microseconds())
	return f, cmp.Or(metricsErr, err)
}

// ceiling is the QPS if the model never waited for requests, computed from service-b's mean call time.
func ceiling(metrics string, size, connections int) (float64, error) {
	seconds, err := number(`(?m)^batcher_ai_seconds_sum (\S+)$`, metrics)
	calls, err2 := number(`(?m)^batcher_ai_seconds_count (\S+)$`, metrics)
	atOnce := min(runtime.GOMAXPROCS(0), connections/size)
	return float64(atOnce*size) * calls / seconds, errors.Join(err, err2)
}

// benchMemory shows the memory of service-a with more connections and in longer runs. B runs the noop model.
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
