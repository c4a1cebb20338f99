package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

const usage = `The lab without Docker: builds service-a (the load) and service-b (the batching server), starts both
on 127.0.0.1, and shows the live view of service-a, for 30 s. Ctrl-C ends it earlier, with the summary.

  go run ./deploy/local                      30 s of live view
  go run ./deploy/local -report              the report's experiment: 2000 requests, 127 in flight
  go run ./deploy/local -forever             until Ctrl-C; open top beside it
  go run ./deploy/local -forever -grafana    the same, with the dashboard

The knobs (BATCH_SIZE, CONCURRENCY, ...) and the ports are in .env, each with a line of what it does.
A variable of the shell goes before .env:

  BATCH_SIZE=20 CONCURRENCY=256 go run ./deploy/local -report

Flags:
`

// options are the command line.
type options struct {
	report     bool
	forever    bool
	duration   time.Duration
	chosen     bool // one of the three above was given
	prometheus bool
	grafana    bool
}

// parseOptions returns an error that wraps errUsage, or is flag.ErrHelp when help was asked for and given.
func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.report, "report", false, "the report's experiment: 2000 requests, 127 in flight, and the summary")
	flags.BoolVar(&o.forever, "forever", false, "run until Ctrl-C")
	flags.DurationVar(&o.duration, "duration", 30*time.Second, "run for so `long`, say 2m")
	flags.BoolVar(&o.prometheus, "prometheus", false, "start Prometheus too (prometheus must be on PATH; node_exporter is used if it is there)")
	flags.BoolVar(&o.grafana, "grafana", false, "start Grafana too, and the Prometheus that it reads (both must be on PATH)")

	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stderr, usage)
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return o, err
	}
	if err == nil {
		err = o.check(flags)
	}
	if err != nil {
		return o, fmt.Errorf("%w; -h explains the flags (%w)", err, errUsage)
	}
	o.prometheus = o.prometheus || o.grafana
	return o, nil
}

func (o *options) check(flags *flag.FlagSet) error {
	lengths := 0
	flags.Visit(func(f *flag.Flag) {
		if f.Name == "report" || f.Name == "forever" || f.Name == "duration" {
			lengths++
		}
	})
	o.chosen = lengths > 0
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case lengths > 1:
		return errors.New("-report, -forever and -duration each say how long the run is: choose one")
	case o.duration <= 0:
		return fmt.Errorf("-duration is %v, and must be above 0 (-forever runs until Ctrl-C)", o.duration)
	}
	return nil
}

// runVariables returns what the flags make of service-a's run. What a flag was given for goes before the
// caller's own variables; the rest gives way to them: `CONCURRENCY=30 go run ./deploy/local -report`
// does as it says.
func (o options) runVariables(caller environment) environment {
	length, experiment := environment{"REQUESTS": "0", "DURATION": o.duration.String()}, environment{}
	switch {
	case o.report:
		length = environment{"REQUESTS": "2000", "DURATION": "0s"}
		experiment = environment{"CONCURRENCY": "127", "RATE": "0", "WARMUP": "0s"}
	case o.forever:
		length = environment{"REQUESTS": "0", "DURATION": "0s"}
	}
	if !o.chosen {
		length = length.unlessSetIn(caller)
	}
	return length.over(experiment.unlessSetIn(caller))
}
