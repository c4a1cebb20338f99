package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
)

func serviceB(environ string) contender { return contender{"service-b", environ + " exec service-b"} }

// benchB measures what batching costs: service-b with the noop model beside a plain gin handler that
// does the same JSON work, driven by wrk. With idle connections it has service-b alone.
func benchB(ctx context.Context, p plan, stdout io.Writer) error {
	t := table{
		title:   fmt.Sprintf("wrk with %d connections, %d s each, in turn; us: the server's CPU per request", p.connections, p.each),
		columns: []string{"requests/s", "server us", "server MB"},
	}
	servers := []contender{serviceB("AI_MODEL=noop BATCH_SIZE=10")}
	if p.idle == 0 {
		servers = append(servers, plain("plain gin, encoding/json", "std"), plain("plain gin, codec and GOGC of service-b", "same"))
	}
	for i, c := range servers {
		server, running, err := start(ctx, c)
		if err != nil {
			return err
		}
		defer server.stop()
		ctx = running // the end of any server ends all
		t.add(c.name, func(ctx context.Context) (figures, error) { return wrk().drive(ctx, server, p) })
		if i > 0 {
			t.compare(0, i, "requests/s", "server us")
		}
		if p.idle > 0 {
			t.add(fmt.Sprintf("with %d idle connections", p.idle), func(ctx context.Context) (figures, error) { return driveIdle(ctx, server, p) })
			t.compare(1, 0, "requests/s", "server us") // memory is not given back between the runs
		}
	}
	return t.run(ctx, p.rounds, stdout)
}

// driveIdle drives a server that has idle connections too: they should cost memory and nothing else.
func driveIdle(ctx context.Context, server *process, p plan) (figures, error) {
	for range p.idle {
		conn, err := openIdle(server.traffic)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
	}
	return wrk().drive(ctx, server, p)
}

// openIdle makes a connection that has been used once.
func openIdle(address string) (net.Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: b\r\n\r\n") // else there is no response
	response, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
	if err != nil {
		return nil, err
	}
	return conn, response.Body.Close()
}
