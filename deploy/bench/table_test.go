package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{7}, 7},
		{[]float64{3, 1}, 2},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 100, 1, 3}, 3.5},
	} {
		if got := median(test.values); got != test.want {
			t.Errorf("median(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}

// measured returns one figure after another, and fails after the last.
func measured(all ...figures) func(context.Context) (figures, error) {
	return func(context.Context) (figures, error) {
		if len(all) == 0 {
			return nil, errors.New("out of luck")
		}
		f := all[0]
		all = all[1:]
		return f, nil
	}
}

// The machine is half as fast in the second round. The ratios must not change.
func exampleTable() *table {
	t := &table{title: "two contenders", columns: []string{"requests/s", "server us"}}
	t.add("ours", measured(
		figures{"requests/s": 50_000, "server us": 20},
		figures{"requests/s": 25_000, "server us": 44},
		figures{"requests/s": 48_000, "server us": 18}))
	t.add("the other one", measured(
		figures{"requests/s": 40_000, "server us": 10},
		figures{"requests/s": 20_000, "server us": 20},
		figures{"requests/s": 40_000, "server us": 12}))
	t.compare(0, 1, t.columns...)
	t.relate("requests/s", "server us")
	return t
}

func TestTable(t *testing.T) {
	var got bytes.Buffer
	if err := exampleTable().run(t.Context(), 3, &got); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/table.golden"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
	}
}

func TestRoundsAreInterleaved(t *testing.T) {
	var order string
	var table table
	for _, name := range []string{"a", "b", "c"} {
		table.add(name, func(context.Context) (figures, error) { order += name; return nil, nil })
	}
	if err := table.run(t.Context(), 3, io.Discard); err != nil || order != "abcabcabc" {
		t.Errorf("the order is %s, %v", order, err)
	}
}

func TestTableErrorNamesRowAndRound(t *testing.T) {
	err := exampleTable().run(t.Context(), 4, io.Discard)
	if err == nil || err.Error() != "ours, round 4: out of luck" {
		t.Errorf("the error is %v", err)
	}
}

func newFlags(t *testing.T) *flag.FlagSet {
	flags := flag.NewFlagSet(t.Name(), flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}
