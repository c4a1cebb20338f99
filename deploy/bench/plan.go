package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
)

// plan is what a benchmark is asked for.
type plan struct {
	rounds      int // how often each contender runs
	each        int // seconds of one run
	connections int
	idle        int
	requests    int // of one run; 0 = no limit but each
}

// declare lets flags change the plan.
func (p *plan) declare(flags *flag.FlagSet, names string) {
	for _, f := range []struct {
		name        string
		value       *int
		least, most int
		about       string
	}{
		{"rounds", &p.rounds, 1, 1000, "how often each contender runs"},
		{"each", &p.each, 1, 3600, "how long each run lasts, in seconds"},
		{"connections", &p.connections, 2, 10_000, "keep-alive connections of the client"},
		{"idle", &p.idle, 0, 100_000, "above 0: compare service-b without and with so many idle connections"},
		{"requests", &p.requests, 10, 1_000_000_000, "how long the longest run is"},
	} {
		if !strings.Contains(names, f.name) {
			continue
		}
		flags.Func(f.name, fmt.Sprintf("%s: %d to %d (default %d)", f.about, f.least, f.most, *f.value), func(s string) error {
			n, err := strconv.Atoi(strings.TrimSuffix(s, "s"))
			if err != nil || n < f.least || n > f.most {
				return fmt.Errorf("allowed is a whole number from %d to %d", f.least, f.most)
			}
			*f.value = n
			return nil
		})
	}
}
