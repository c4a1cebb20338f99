package main

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// figures are the results and costs of one run, by column title.
type figures map[string]float64

// table holds the runs that a benchmark makes in turn, their figures and the ratios of those.
type table struct {
	title   string
	columns []string
	rows    []row
	ratios  []ratio
}

// row is measured once per round.
type row struct {
	name    string
	measure func(context.Context) (figures, error)
}

// ratio is taken within a round, from the figures of its contenders.
type ratio struct {
	title string
	of    func(round []figures) float64
}

func (t *table) add(name string, measure func(context.Context) (figures, error)) {
	t.rows = append(t.rows, row{name, measure})
}

// compare adds the ratio of two contenders, given by number, in each of the columns.
func (t *table) compare(over, under int, columns ...string) {
	for _, column := range columns {
		title := fmt.Sprintf("%s: %s / %s", column, t.rows[over].name, t.rows[under].name)
		of := func(round []figures) float64 { return round[over][column] / round[under][column] }
		t.ratios = append(t.ratios, ratio{title, of})
	}
}

// relate adds the ratio of two figures of the contender that was added last.
func (t *table) relate(over, under string) {
	last := len(t.rows) - 1
	title := fmt.Sprintf("%s: %s / %s", t.rows[last].name, over, under)
	of := func(round []figures) float64 { return round[last][over] / round[last][under] }
	t.ratios = append(t.ratios, ratio{title, of})
}

// run prints figures as soon as they are measured, and the ratios at the end. It stops at the first error.
func (t *table) run(ctx context.Context, rounds int, w io.Writer) error {
	fmt.Fprintf(w, "%s\n\n%38s", t.title, "")
	for _, column := range t.columns {
		fmt.Fprintf(w, "  %10s", column)
	}
	all := make([][]figures, rounds)
	for i := range all {
		fmt.Fprintln(w)
		for _, row := range t.rows {
			f, err := row.measure(ctx)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", row.name, i+1, err)
			}
			all[i] = append(all[i], f)
			fmt.Fprintf(w, "%-38s", row.name)
			for _, column := range t.columns {
				fmt.Fprintf(w, "  %10.1f", f[column])
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintf(w, "\n%62s  %6s  %6s  %6s\n", "", "min", "median", "max")
	for _, r := range t.ratios {
		var values []float64
		for _, round := range all {
			values = append(values, r.of(round))
		}
		fmt.Fprintf(w, "%-62s  %6.2f  %6.2f  %6.2f\n", r.title, slices.Min(values), median(values), slices.Max(values))
	}
	return nil
}

// median is the middle value, or the mean of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
