// Bench compares service-a and service-b with other programs that run in the same minute. Its benchmarks
// are a, b, lab and memory. Contenders are processes that take turns, so that other work on the machine
// affects all of them alike. Each ratio is taken within one round.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

const usage = `usage: bench a|b|lab|memory [flags]

a       service-a beside wrk, hey, bombardier and fortio, against a plain gin handler (needs wrk)
b       service-b beside a plain gin handler, or with and without idle connections (needs wrk)
lab     service-a and service-b with the simulated model: QPS beside the predicted ceiling
memory  memory of service-a with many connections and over many requests

"bench a -h" shows the flags of a. Bench needs Linux. Run it in the root of the repository.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal then ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program. It returns the exit status: 0, 1 if it could not measure, 2 for a usage error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	b, known := benchmarks()[name]
	switch {
	case name == "plain" && len(args) == 1: // the server that a and b start
		fmt.Fprintln(stderr, "bench plain:", servePlain(ctx, args[0]))
		return 1
	case name == "-h" || name == "-help" || name == "--help":
		fmt.Fprint(stdout, usage)
		return 0
	case !known:
		fmt.Fprintf(stderr, "bench: the benchmark is %q, allowed is a, b, lab or memory\n\n%s", name, usage)
		return 2
	}
	flags := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	b.plan.declare(flags, b.flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil: // flags has printed it
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "bench %s: the argument is %q, allowed are flags only\n", name, flags.Arg(0))
		return 2
	}
	if err := b.measure(ctx, stdout); err != nil {
		fmt.Fprintf(stderr, "bench %s: %v\n", name, err)
		return 1
	}
	return 0
}

// plan is the size of a benchmark.
type plan struct {
	rounds      int // how often each contender runs
	each        int // seconds of one run
	connections int
	idle        int
	requests    int // of one run; 0 = as many as fit into each
}

// declare defines the named flags, which change the plan.
func (p *plan) declare(flags *flag.FlagSet, names string) {
	whole := func(name string, value *int, least, most int, about string) {
		if !strings.Contains(names, name) {
			return
		}
		about = fmt.Sprintf("%s: %d to %d (default %d)", about, least, most, *value)
		flags.Func(name, about, func(s string) error {
			n, err := strconv.Atoi(strings.TrimSuffix(s, "s"))
			if err != nil || n < least || n > most {
				return fmt.Errorf("allowed is a whole number from %d to %d", least, most)
			}
			*value = n
			return nil
		})
	}
	whole("rounds", &p.rounds, 1, 1000, "how often each contender runs")
	whole("each", &p.each, 1, 3600, "how long each run lasts, in seconds")
	whole("connections", &p.connections, 2, 10_000, "keep-alive connections of the client")
	whole("idle", &p.idle, 0, 100_000, "above 0: compare service-b without and with this many idle connections")
	whole("requests", &p.requests, 10, 1_000_000_000, "how long the longest run is")
}

// measure builds the programs into a directory on PATH, where the contenders' lines find them, and runs the benchmark.
func (b benchmark) measure(ctx context.Context, stdout io.Writer) error {
	if _, err := exec.LookPath("wrk"); b.wrk && err != nil {
		return fmt.Errorf("%w: install the package wrk", err)
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	err = errors.Join(os.Setenv("PATH", dir+":"+os.Getenv("PATH")), build(ctx, dir, "./service-a", "./service-b"))
	if b.generators {
		err = errors.Join(err, build(ctx, dir, "-modfile=tools/load-generators.mod", "tool"))
	}
	if err != nil {
		return err
	}
	return b.run(ctx, b.plan, stdout)
}

// build builds the packages into dir.
func build(ctx context.Context, dir string, packages ...string) error {
	command := exec.CommandContext(ctx, "go", append([]string{"build", "-o", dir + "/"}, packages...)...)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", strings.Join(packages, " "), err, output)
	}
	return nil
}
