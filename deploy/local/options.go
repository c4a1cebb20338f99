package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

const usage = `The lab without Docker: builds service-a (the load) and service-b (the batching server), starts both
on 127.0.0.1, and shows the live view of service-a, for 30 s. Ctrl-C ends it earlier, with the summary.
The knobs and the ports are explained in .env. A variable of the shell overrides it:

  BATCH_SIZE=20 CONCURRENCY=256 go run ./deploy/local -report

Flags:
`

// options are the command line.
type options struct {
	length     types.Mapping // how long service-a runs, if a flag says so: overrides the caller's variables
	defaults   types.Mapping // gives way to the caller's variables, and overrides .env
	prometheus bool
	grafana    bool
}

// parseOptions returns an error that wraps errUsage, or flag.ErrHelp after it has printed the help.
func parseOptions(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	report := flags.Bool("report", false, "the report's experiment: 2000 requests, 127 in flight, and the summary")
	forever := flags.Bool("forever", false, "run until Ctrl-C")
	duration := flags.Duration("duration", 30*time.Second, "run for so `long`, say 2m")
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
		err = errors.New("-report, -forever and -duration each say how long the run is: choose one")
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

// over adds the options to the caller's variables. An empty variable counts as unset.
func (o options) over(environ []string) types.Mapping {
	vars := types.NewMapping(environ)
	for name, value := range o.defaults {
		vars[name] = cmp.Or(vars[name], value)
	}
	maps.Copy(vars, o.length)
	return vars
}
