package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"batchlab/service-b/api"
)

// client is a load generator.
type client struct {
	contender
	reads  map[string]string // by figure, an expression whose group finds it in the output
	failed string            // matches if a request was not answered with 200
}

func serviceA(environ string) client {
	return client{contender{"service-a", environ + " exec service-a"},
		map[string]string{
			"requests": `(?m)^succeeded: (\d+)$`, "requests/s": `(?m)^QPS: (\S+)$`, "host %": `host (\S+) % busy`,
		}, `(?m)^failed: [1-9]`}
}

// labA has a timeout long enough for the longest queue.
func labA() client { return serviceA("REQUEST_TIMEOUT=1m") }

// wrk uses the least CPU of all clients, which leaves the most to the server.
func wrk() client {
	const line = "exec wrk -t2 -c $CONCURRENCY -d $DURATION --timeout 30s -s deploy/bench/post.lua $TARGET_URL"
	return client{contender{"wrk", line}, map[string]string{"requests": `(\d+) requests in`}, `Non-2xx.*|Socket errors.*`}
}

// clients are service-a and the load generators that it is compared with.
func clients() []client {
	return []client{serviceA("TARGET_ADMIN_URL=none"), wrk(),
		{contender{"bombardier", `exec bombardier -c $CONCURRENCY -d $DURATION -m POST -b "$BODY" -p r $TARGET_URL`},
			map[string]string{"requests": `2xx - (\d+)`}, `[1345]xx - [1-9]|others - [1-9]`},
		{contender{"fortio", `exec fortio load -loglevel error ` +
			`-c $CONCURRENCY -qps 0 -t $DURATION -payload "$BODY" $TARGET_URL`},
			map[string]string{"requests": `Code +200 : (\d+) `}, `Code +[^2 ].*`},
		{contender{"hey", `exec hey -c $CONCURRENCY -z $DURATION -m POST -d "$BODY" $TARGET_URL`},
			map[string]string{"requests": `\[200\]\s+(\d+) responses`}, `\[[1345]\d\d\]\s+\d+ responses|Error distribution`},
	}
}

// drive lets the client load the server as the plan says; a failed request is an error. CPU is in
// microseconds per request, and the client's includes its start-up.
func (c client) drive(ctx context.Context, server *process, p plan) (figures, error) {
	before, _, err := server.used()
	if err != nil {
		return nil, err
	}
	client, _, err := launch(ctx, c.contender, p.environ(server)...)
	if err != nil {
		return nil, err
	}
	memory := client.watch()
	if ctx.Err() != nil { // the server has ended, or the user has interrupted
		return nil, context.Cause(ctx)
	}
	state := client.cmd.ProcessState
	f, err := c.parse(client.output.String(), p.each)
	if err != nil || !state.Success() {
		return nil, errors.Join(err, client.failure())
	}
	after, serverMemory, err := server.used()
	f["client us"] = float64((state.UserTime() + state.SystemTime()).Microseconds()) / f["requests"]
	f["server us"] = (after - before) / f["requests"] * 1e6
	f["client MB"], f["server MB"] = memory, serverMemory
	return f, err
}

// environ configures a client with the variables of service-a, which the other clients' command lines use
// too. Each request of service-a has its own ts; the others send the same body every time.
func (p plan) environ(server *process) []string {
	const image = "http://www.pyimagesearch.com/wp-content/uploads/2015/01/google_logo.png"
	return []string{
		"TARGET_URL=http://" + server.traffic + api.Path, "TARGET_ADMIN_URL=http://" + server.admin,
		fmt.Sprint("CONCURRENCY=", p.connections), fmt.Sprint("REQUESTS=", p.requests),
		fmt.Sprintf("DURATION=%ds", p.each),
		fmt.Sprintf(`BODY={"ts": %.3f, "url": %q}`, float64(time.Now().UnixMicro())/1000, image),
	}
}

// parse reads the figures that the client printed. If it prints no rate, parse computes it from seconds.
func (c client) parse(output string, seconds int) (f figures, err error) {
	if failure := regexp.MustCompile(c.failed).FindString(output); failure != "" {
		return nil, fmt.Errorf("requests failed: %s", failure)
	}
	f = figures{}
	for title, expression := range c.reads {
		if f[title], err = number(expression, output); err != nil {
			return nil, err
		}
	}
	if _, ok := f["requests/s"]; !ok {
		f["requests/s"] = f["requests"] / float64(seconds)
	}
	return f, nil
}

// number returns the number that the expression's group finds in the text.
func number(expression, text string) (float64, error) {
	found := regexp.MustCompile(expression).FindStringSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("nothing printed matches %s", expression)
	}
	return strconv.ParseFloat(found[1], 64)
}
