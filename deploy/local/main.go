// Command local is the lab without Docker. It builds service-a and service-b, starts both on 127.0.0.1 with the
// knobs of .env, and ends when service-a does, with the same exit status (go run turns any but 0 into 1). -prometheus
// and -grafana add the dashboard, from the repository's own files.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run returns the exit status. service-a prints to stdout, the lab to stderr. When ctx ends, all processes are killed.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	opts, err := parseOptions(args, stderr)
	if err == nil {
		stop, kill := interrupts(ctx)
		l := &lab{opts: opts, environ: environ, kill: kill, stdout: stdout, stderr: stderr}
		err = l.run(stop)
	}
	if errors.Is(err, errInterrupted) {
		fmt.Fprintln(stderr) // the cursor is behind ^C
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stderr, "local: %v\n", err)
	}
	return exitStatus(err)
}

// interrupts turns signals into two contexts. The first Ctrl-C, SIGTERM or SIGHUP ends stop; a second Ctrl-C or
// SIGTERM ends kill. A closing terminal sends SIGHUP twice, so SIGHUP never kills. Both end with parent.
func interrupts(parent context.Context) (stop, kill context.Context) {
	kill, endKill := context.WithCancel(parent)
	stop, endStop := context.WithCancel(kill)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		endStop()
		for <-signals == syscall.SIGHUP {
		}
		endKill()
	}()
	return stop, kill
}

var (
	errUsage       = errors.New("nothing was started")
	errInterrupted = errors.New("interrupted")
)

// exitStatus is the status of the program that ended the lab, 2 for a usage error, 130 for a kill, otherwise 1.
func exitStatus(err error) int {
	ended, isExit := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case errors.Is(err, errInterrupted):
		return 130
	case isExit:
		return max(1, ended.ExitCode()) // a signal's is -1
	}
	return 1
}

const usage = `The lab without Docker: builds service-a (the load) and service-b (the batching server), starts both
on 127.0.0.1, and shows the live view of service-a for 30 s. Ctrl-C ends it earlier, with the summary.
The file .env explains the knobs and the ports. A shell variable overrides it:

  BATCH_SIZE=20 CONCURRENCY=256 go run ./deploy/local -report

Flags:
`

// options are the parsed command line.
type options struct {
	length     types.Mapping // the length of the run, if a flag sets it; overrides the caller's variables
	defaults   types.Mapping // overrides .env, but not the caller's variables
	prometheus bool
	grafana    bool
}

// parseOptions returns an error that wraps errUsage, or flag.ErrHelp after it has printed the help.
func parseOptions(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	report := flags.Bool("report", false, "the report's experiment: 2000 requests, 127 in flight, and the summary")
	forever := flags.Bool("forever", false, "run until Ctrl-C")
	duration := flags.Duration("duration", 30*time.Second, "how `long` to run, such as 2m")
	flags.BoolVar(&o.prometheus, "prometheus", false, "start Prometheus too (it must be on PATH; node_exporter may be)")
	flags.BoolVar(&o.grafana, "grafana", false, "start Grafana too, and its Prometheus (both must be on PATH)")
	err = flags.Parse(args)
	o.prometheus = o.prometheus || o.grafana
	lengths, count := 0, map[string]int{"report": 1, "forever": 1, "duration": 1}
	flags.Visit(func(f *flag.Flag) { lengths += count[f.Name] })
	switch length := (types.Mapping{"REQUESTS": "0", "DURATION": duration.String()}); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stderr, usage)
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return o, err
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case lengths > 1:
		err = errors.New("-report, -forever and -duration each set the length of the run: choose one")
	case *duration <= 0:
		err = fmt.Errorf("-duration is %v, and must be above 0 (-forever runs until Ctrl-C)", *duration)
	case *report:
		o.length = types.Mapping{"REQUESTS": "2000", "DURATION": "0s"}
		o.defaults = types.Mapping{"CONCURRENCY": "127", "RATE": "0", "WARMUP": "0s"}
	case *forever:
		o.length = types.Mapping{"REQUESTS": "0", "DURATION": "0s"}
	case lengths == 1:
		o.length = length
	default:
		o.defaults = length
	}
	if err != nil {
		err = fmt.Errorf("%w; -h explains the flags (%w)", err, errUsage)
	}
	return o, err
}

// over combines the options with the caller's variables. An empty variable counts as unset.
func (o options) over(environ []string) types.Mapping {
	vars := types.NewMapping(environ)
	for name, value := range o.defaults {
		vars[name] = cmp.Or(vars[name], value)
	}
	maps.Copy(vars, o.length)
	return vars
}
