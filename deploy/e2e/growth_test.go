//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// growth is what a process holds, over time.
type growth struct{ goroutines, heap, descriptors, series []float64 }

var heapInProfile = regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)$`)

// look adds what the process holds now. The heap is what is left after a collection.
func (g *growth) look(t *testing.T, admin string) {
	t.Helper()
	profile, err := get(admin + "/debug/pprof/heap?gc=1&debug=1")
	heap := heapInProfile.FindSubmatch(profile)
	if err != nil || heap == nil {
		t.Fatalf("no heap profile (%v):\n%.500s", err, profile)
	}
	live, _ := strconv.ParseFloat(string(heap[1]), 64) // digits
	s, err := scrapeURL(admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	g.goroutines = append(g.goroutines, s["go_goroutines"])
	g.heap = append(g.heap, live)
	g.descriptors = append(g.descriptors, s["process_open_fds"])
	g.series = append(g.series, float64(len(s)))
}

func (g *growth) problems(t *testing.T, name string) (found []string) {
	t.Helper()
	for _, c := range []struct {
		what    string
		values  []float64
		allowed float64 // that comes and goes with the requests in flight
	}{
		{"goroutines", g.goroutines, 60},
		{"bytes of live heap", g.heap, 2 << 20}, // A has histograms that it first needs when two workers meet
		{"open descriptors", g.descriptors, 30},
		{"series", g.series, 0},
	} {
		early, late, grows := grown(c.values, c.allowed)
		t.Logf("%s: %.0f %s, later %.0f", name, early, c.what, late)
		if grows {
			found = append(found, fmt.Sprintf("%s: %.0f %s, and later %.0f", name, early, c.what, late))
		}
	}
	return found
}

// grown compares the median of the second quarter of the time with that of the last. The first quarter is when a
// process fills its pools. It grows if the later one is larger by more than allowed and a tenth.
func grown(values []float64, allowed float64) (early, late float64, grows bool) {
	n := len(values)
	early, late = median(values[n/4:n/2]), median(values[n-n/4:])
	return early, late, !(late <= early+max(allowed, early/10)) // nor NaN: without values it is unknown
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

func TestGrown(t *testing.T) {
	line := func(slope, noise float64) (values []float64) {
		for i := range 60 {
			values = append(values, 100+slope*float64(i)+noise*float64(i%3))
		}
		return values
	}
	for _, c := range []struct {
		name    string
		values  []float64
		allowed float64
		want    bool
	}{
		{"it stays", line(0, 0), 0, false},
		{"it falls", line(-1, 0), 0, false},
		{"it swings", line(0, 50), 5, false},
		{"it grows slowly but surely", line(1, 0), 20, true},
		{"it grows beneath the noise", line(2, 30), 20, true},
		{"it grows within what is allowed", line(0.1, 0), 20, false},
		{"it grows within a tenth", line(0.2, 0), 0, false},
		{"there are no values", nil, 10, true},
	} {
		if early, late, got := grown(c.values, c.allowed); got != c.want {
			t.Errorf("%s: %v, from %v to %v", c.name, got, early, late)
		}
	}
}
