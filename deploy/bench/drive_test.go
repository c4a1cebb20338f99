//go:build linux

package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestCommandLines(t *testing.T) {
	script := `echo "$TARGET_ADMIN_URL $CONCURRENCY $REQUESTS $DURATION|$*|$BODY"`
	fake(t, map[string]string{"service-a": script, "wrk": script, "bombardier": script, "fortio": script, "hey": script})
	server := &process{traffic: "127.0.0.1:1", admin: "127.0.0.1:2"}
	for name, want := range map[string]string{
		"service-a":  "none 128 0 4s|",
		"wrk":        "http://127.0.0.1:2 128 0 4s|-t2 -c 128 -d 4s --timeout 30s -s deploy/bench/post.lua http://127.0.0.1:1/testB",
		"bombardier": "http://127.0.0.1:2 128 0 4s|-c 128 -d 4s -m POST -b BODY -p r http://127.0.0.1:1/testB",
		"fortio":     "http://127.0.0.1:2 128 0 4s|load -loglevel error -c 128 -qps 0 -t 4s -payload BODY http://127.0.0.1:1/testB",
		"hey":        "http://127.0.0.1:2 128 0 4s|-c 128 -z 4s -m POST -d BODY http://127.0.0.1:1/testB",
	} {
		for _, c := range clients() {
			if c.name != name {
				continue
			}
			p, _, err := launch(t.Context(), c.contender, plan{connections: 128, each: 4}.environ(server)...)
			if err != nil {
				t.Fatal(err)
			}
			p.watch()
			line := strings.TrimSpace(p.output.String())
			body := line[strings.LastIndex(line, "|")+1:]
			if got := strings.ReplaceAll(strings.TrimSuffix(line, "|"+body), body, "BODY"); got != want {
				t.Errorf("%s was started with\n%s\nwant\n%s", name, got, want)
			}
			var ts float64
			if _, err := fmt.Sscanf(body, `{"ts": %f, "url": "http://www.pyimagesearch.com/wp-content/uploads/2015/01/google_logo.png"}`, &ts); err != nil || ts < 1.7e12 {
				t.Errorf("%s sends %s", name, body)
			}
		}
	}
}

func TestClientThatFailsIsAnErrorWithItsOutput(t *testing.T) {
	server, ctx, err := start(t.Context(), plain("plain", "std"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.stop()
	for script, want := range map[string]string{
		"echo 5 requests in 1s; echo no memory >&2; exit 4": "wrk ended: exit status 4\n5 requests in 1s\nno memory\n",
		"echo hello": "nothing printed matches (\\d+) requests in\nwrk ended: exit status 0\nhello\n",
		"echo 5 requests in 1s; echo Non-2xx or 3xx responses: 3": "requests failed: Non-2xx or 3xx responses: 3\nwrk ended: exit status 0\n" +
			"5 requests in 1s\nNon-2xx or 3xx responses: 3\n",
	} {
		fake(t, map[string]string{"wrk": script})
		if _, err := wrk().drive(ctx, server, plan{connections: 20, each: 1}); err == nil || err.Error() != want {
			t.Errorf("%s: the error is %v, want %s", script, err, want)
		}
	}
}
