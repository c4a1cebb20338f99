// Bench compares service-a and service-b with other programs that run in the same minute: a, b, lab or
// memory. Contenders are processes and take turns, so that other work on the machine hits all of them
// alike, and each ratio is taken within one round.
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
	"path"
	"strings"
	"syscall"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // it could not measure
	exitUsage  = 2
)

const usage = `usage: bench a|b|lab|memory [flags]

a       service-a beside wrk, hey, bombardier and fortio, against a plain gin handler (needs wrk)
b       service-b beside a plain gin handler, or with idle connections and without (needs wrk)
lab     service-a and service-b with the simulated model: QPS beside the predicted ceiling
memory  the memory of service-a, with many connections and over many requests

"bench a -h" shows the flags of a. It needs Linux, and runs in the root of the repository.
`

// benchmark runs contenders, and prints a table.
type benchmark struct {
	run      func(context.Context, plan, io.Writer) error
	programs []string // what it needs: Go packages, and wrk
	plan     plan     // the defaults
	flags    string   // what of the plan can be changed
}

func benchmarks() map[string]benchmark {
	const a, b = "batchlab/service-a", "batchlab/service-b"
	return map[string]benchmark{
		"a": {benchA, []string{"wrk", a, "github.com/rakyll/hey", "github.com/codesenberg/bombardier", "fortio.org/fortio"},
			plan{rounds: 5, each: 4, connections: 128}, "rounds each connections"},
		"b":      {benchB, []string{"wrk", b}, plan{rounds: 7, each: 4, connections: 128}, "rounds each connections idle"},
		"lab":    {benchLab, []string{a, b}, plan{rounds: 3, each: 10, connections: 127}, "rounds each connections"},
		"memory": {benchMemory, []string{a, b}, plan{rounds: 1, each: 10, requests: 10_000_000}, "rounds each requests"},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal then ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	b, known := benchmarks()[name]
	switch {
	case name == "plain" && len(args) == 1: // the server that a and b start
		fmt.Fprintln(stderr, "bench plain:", servePlain(ctx, args[0]))
		return exitFailed
	case name == "-h" || name == "-help" || name == "--help":
		fmt.Fprint(stdout, usage)
		return exitOK
	case !known:
		fmt.Fprintf(stderr, "bench: the benchmark is %q, allowed is a, b, lab or memory\n\n%s", name, usage)
		return exitUsage
	}
	flags := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	b.plan.declare(flags, b.flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil: // flags has said it
		return exitUsage
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "bench %s: the argument is %q, allowed are flags only\n", name, flags.Arg(0))
		return exitUsage
	}
	if err := b.measure(ctx, stdout); err != nil {
		fmt.Fprintf(stderr, "bench %s: %v\n", name, err)
		return exitFailed
	}
	return exitOK
}

// measure builds the programs where the contenders' lines find them, and runs the benchmark.
func (b benchmark) measure(ctx context.Context, stdout io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, program := range b.programs {
		if err := build(ctx, dir, program); err != nil {
			return err
		}
	}
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		return err
	}
	return b.run(ctx, b.plan, stdout)
}

// build puts a program into dir: one of this repository, or a load generator that is not on PATH.
func build(ctx context.Context, dir, program string) error {
	modfile := ""
	if !strings.HasPrefix(program, "batchlab/") {
		_, err := exec.LookPath(path.Base(program))
		if err == nil {
			return nil
		}
		if program == "wrk" { // no Go program
			return fmt.Errorf("%w: install the package wrk", err)
		}
		modfile = "tools/load-generators.mod"
	}
	if output, err := exec.CommandContext(ctx, "go", "build", "-modfile="+modfile, "-o", dir+"/", program).CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", program, err, output)
	}
	return nil
}
