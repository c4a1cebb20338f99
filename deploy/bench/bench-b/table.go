package main

import (
	"batchlab/deploy/bench/process"

	"fmt"
	"io"
	"slices"
)

func printRound(w io.Writer, servers []*process.Server, round []result) {
	for i, r := range round {
		fmt.Fprintf(w, "%-40s %8.0f/s %6.1f us\n", servers[i].Name, r.rate, r.cpu)
	}
	fmt.Fprintln(w)
}

// printRatios compares service-b, the second of each round, with the two plain handlers.
func printRatios(w io.Writer, servers []*process.Server, rounds [][]result) {
	fmt.Fprintf(w, "%-70s %6s %6s %6s\n", "service-b / plain", "median", "min", "max")
	for _, other := range []int{0, 2} {
		name := servers[other].Name
		var rate, cpu []float64
		for _, round := range rounds {
			rate = append(rate, round[1].rate/round[other].rate)
			cpu = append(cpu, round[1].cpu/round[other].cpu)
		}
		printSpread(w, "requests/s / "+name, rate)
		printSpread(w, "CPU per request / "+name, cpu)
	}
}

func printSpread(w io.Writer, what string, values []float64) {
	slices.Sort(values)
	fmt.Fprintf(w, "%-70s %6.2f %6.2f %6.2f\n", what, values[len(values)/2], values[0], values[len(values)-1])
}
