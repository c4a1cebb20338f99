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
	reads  map[string]string // the groups of these expressions are figures that it prints
	failed string            // matches when a request was not answered with 200
}

func serviceA(environ string) client {
	return client{contender{"service-a", environ + " exec service-a"},
		map[string]string{
			"requests": `(?m)^succeeded: (\d+)$`, "requests/s": `(?m)^QPS: (\S+)$`, "host %": `host (\S+) % busy`,
		}, `(?m)^failed: [1-9]`}
}

// labA has time for the longest queue.
func labA() client { return serviceA("REQUEST_TIMEOUT=1m") }

// wrk costs the least CPU of all, which leaves the most to a server.
func wrk() client {
	const line = "exec wrk -t2 -c $CONCURRENCY -d $DURATION --timeout 30s -s deploy/bench/post.lua $TARGET_URL"
	return client{contender{"wrk", line}, map[string]string{"requests": `(\d+) requests in`}, `Non-2xx.*|Socket errors.*`}
}

// clients are service-a and those that it is compared with.
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

// drive has the client load the server as the plan says; a request that is not served is an error. CPU is
// in microseconds per request, and the client's includes its start-up.
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
	if ctx.Err() != nil { // the server has ended, or somebody has interrupted
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

// environ tells a client what to do, by the variables of service-a; the others' command lines use them.
// Each of service-a's requests has a ts of its own, the others send this body again and again.
func (p plan) environ(server *process) []string {
	const image = "http://www.pyimagesearch.com/wp-content/uploads/2015/01/google_logo.png"
	return []string{
		"TARGET_URL=http://" + server.traffic + api.Path, "TARGET_ADMIN_URL=http://" + server.admin,
		fmt.Sprint("CONCURRENCY=", p.connections), fmt.Sprint("REQUESTS=", p.requests),
		fmt.Sprintf("DURATION=%ds", p.each),
		fmt.Sprintf(`BODY={"ts": %.3f, "url": %q}`, float64(time.Now().UnixMicro())/1000, image),
	}
}

// parse reads the figures that the client printed. Where it prints no rate, seconds are how long it ran.
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

// number is the group of the expression in the text.
func number(expression, text string) (float64, error) {
	found := regexp.MustCompile(expression).FindStringSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("nothing printed matches %s", expression)
	}
	return strconv.ParseFloat(found[1], 64)
}
