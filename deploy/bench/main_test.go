package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// The test binary is also the programs that the tests start: bench itself, and some with a given behaviour.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "plain":
		main()
	case "service-b": // with metrics that never change
		admin, err := net.Listen("tcp", os.Getenv("ADMIN_ADDR"))
		fmt.Println(err)
		go http.Serve(admin, http.FileServer(http.Dir(os.Args[2]))) //nolint:errcheck,gosec // ends with the process
		fmt.Println(servePlain(context.Background(), "same"))
	case "quits": // on its first connection
		listener, err := net.Listen("tcp", os.Getenv("LISTEN_ADDR"))
		if err == nil {
			_, err = listener.Accept()
		}
		fmt.Println("out of luck", err)
		os.Exit(7)
	case "hangs": // after it has connected
		_, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(os.Getenv("TARGET_URL"), "http://"), "/testB"))
		fmt.Println(err)
		time.Sleep(time.Hour)
	default:
		os.Exit(m.Run())
	}
	os.Exit(1)
}

func TestBadArguments(t *testing.T) {
	for _, test := range []struct {
		args   string
		status int
		stderr string
	}{
		{"", 2, `the benchmark is "", allowed is a, b, lab or memory`},
		{"c", 2, `the benchmark is "c", allowed is a, b, lab or memory`},
		{"plain", 2, `the benchmark is "plain", allowed is a, b, lab or memory`},
		{"plain json", 1, `bench plain: the codec is "json", allowed is std or same`},
		{"a now", 2, `bench a: the argument is "now", allowed are flags only`},
		{"a -rounds 0", 2, `invalid value "0" for flag -rounds: allowed is a whole number from 1 to 1000`},
		{"a -rounds 1001", 2, `invalid value "1001" for flag -rounds: allowed is a whole number from 1 to 1000`},
		{"b -each 1.5s", 2, `invalid value "1.5s" for flag -each: allowed is a whole number from 1 to 3600`},
		{"b -each 2m", 2, `invalid value "2m" for flag -each: allowed is a whole number from 1 to 3600`},
		{"b -idle -1", 2, `invalid value "-1" for flag -idle: allowed is a whole number from 0 to 100000`},
		{"lab -connections 1", 2, `invalid value "1" for flag -connections: allowed is a whole number from 2 to 10000`},
		{"memory -requests many", 2, `invalid value "many" for flag -requests: allowed is a whole number from 10 to 1000000000`},
		{"memory -idle 5", 2, `flag provided but not defined: -idle`},
		{"lab -h", 0, `how often each contender runs: 1 to 1000 (default 3)`},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), strings.Fields(test.args), &stdout, &stderr)
		if status != test.status || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("bench %s: status %d, want %d, and stderr has no %q:\n%s", test.args, status, test.status, test.stderr, stderr.String())
		}
		if stdout.Len() > 0 {
			t.Errorf("bench %s printed %q", test.args, stdout.String())
		}
	}
}

func TestHelp(t *testing.T) {
	for _, flag := range []string{"-h", "-help", "--help"} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), []string{flag}, &stdout, &stderr); status != 0 || stdout.String() != usage || stderr.Len() > 0 {
			t.Errorf("bench %s: status %d, stdout %q, stderr %q", flag, status, stdout.String(), stderr.String())
		}
	}
}

func TestFlagsChangeThePlan(t *testing.T) {
	var got plan
	b := benchmarks()["b"]
	flags := newFlags(t)
	b.plan.declare(flags, b.flags)
	if err := flags.Parse(strings.Fields("-rounds 2 -each 3s -connections 40 -idle 500")); err != nil {
		t.Fatal(err)
	}
	if got = b.plan; got != (plan{rounds: 2, each: 3, connections: 40, idle: 500}) {
		t.Errorf("the plan is %+v", got)
	}
}

// Without wrk nothing is built, and nothing runs.
func TestNeedsWrk(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"b"}, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "install the package wrk") {
		t.Errorf("status %d, stderr %q", status, stderr.String())
	}
}

func TestBuildErrorHasGosOutput(t *testing.T) {
	err := build(t.Context(), t.TempDir(), "batchlab/nothing")
	if err == nil || !strings.Contains(err.Error(), "building batchlab/nothing: exit status 1\n") || strings.Count(err.Error(), "batchlab/nothing") < 2 {
		t.Errorf("the error is %v", err)
	}
}
