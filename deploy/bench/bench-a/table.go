package main

import (
	"fmt"
	"io"
	"slices"
)

func printRound(w io.Writer, clients []client, round []result) {
	for i, r := range round {
		fmt.Fprintf(w, "%-12s %8.0f/s %6.1f us\n", clients[i].name, r.rate, r.cpu)
	}
	fmt.Fprintln(w)
}

// printRatios compares service-a, the first of each round, with the others.
func printRatios(w io.Writer, clients []client, rounds [][]result) {
	fmt.Fprintf(w, "%-36s %6s %6s %6s\n", "service-a / other", "median", "min", "max")
	for other := range clients {
		if other == 0 {
			continue
		}
		var rate, cpu []float64
		for _, round := range rounds {
			rate = append(rate, round[0].rate/round[other].rate)
			cpu = append(cpu, round[0].cpu/round[other].cpu)
		}
		printSpread(w, "CPU per request / "+clients[other].name, cpu)
		printSpread(w, "requests/s / "+clients[other].name, rate)
	}
}

func printSpread(w io.Writer, what string, values []float64) {
	slices.Sort(values)
	fmt.Fprintf(w, "%-36s %6.2f %6.2f %6.2f\n", what, values[len(values)/2], values[0], values[len(values)-1])
}
