package trial

import (
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// looked is one reading of B, with what the trial has counted by then.
type looked struct {
	at         float64 // seconds
	readable   bool
	ok, broken int64
}

func TestOutage(t *testing.T) {
	tests := []struct {
		name        string
		looks       []looked
		since, away float64 // of the longest absence
	}{
		{"there", []looked{{0, true, 0, 0}, {1, true, 100, 0}, {2, true, 200, 0}}, 0, 0},
		{"away", []looked{{0, true, 0, 0}, {1, true, 100, 0}, {2, false, 100, 9}, {3, false, 100, 18}, {4, true, 150, 20}}, 1, 3},
		{"not there yet", []looked{{0, false, 0, 0}, {1, false, 0, 9}, {2, true, 5, 9}}, 0, 2},
		{"away until the end", []looked{{0, true, 0, 0}, {1, false, 0, 9}, {2, false, 0, 18}, {3, false, 0, 20}}, 0, 3},
		{"only its traffic port is away", []looked{{0, true, 0, 0}, {1, true, 100, 0}, {2, true, 100, 9}, {3, true, 100, 18}, {4, true, 200, 18}}, 1, 3},

		{"slow readings of a busy B", []looked{{0, true, 0, 0}, {1, false, 100, 0}, {2, false, 200, 0}, {3, false, 300, 0}, {4, true, 400, 0}}, 0, 0},
		{"one failed reading during a pause for garbage", []looked{{0, true, 50, 0}, {1, false, 50, 0}, {2, true, 50, 0}}, 0, 0},
		{"slow batches", []looked{{0, true, 0, 0}, {1, true, 0, 0}, {2, true, 0, 0}, {3, true, 0, 0}}, 0, 0},
		{"some connections fail", []looked{{0, true, 0, 0}, {1, true, 10, 1}, {2, true, 20, 2}, {3, true, 30, 3}}, 0, 0},
		{"A had no CPU: two readings fail at once", []looked{{0, true, 50, 0}, {9, false, 50, 0}, {9.1, false, 50, 0}, {10, true, 90, 0}}, 0, 0},
		{"two readings fail, half a second apart", []looked{{0, true, 50, 0}, {9, false, 50, 0}, {9.5, false, 50, 0}, {10, true, 90, 0}}, 0, 10},
		{"away twice, each time for one reading", []looked{{0, true, 0, 0}, {1, false, 0, 5}, {2, true, 10, 5}, {3, false, 10, 9}, {4, true, 20, 9}}, 0, 0},
	}
	start := time.Unix(1_700_000_000, 0)
	for _, tt := range tests {
		var o outage
		var longest measure.Change
		for _, l := range tt.looks {
			var seen measure.Counts
			seen[measure.OK], seen[measure.Connection] = l.ok, l.broken
			at := start.Add(time.Duration(l.at * float64(time.Second)))
			if away, ok := o.add(at, l.readable, seen); ok && away.Length >= longest.Length {
				longest = away
			}
		}
		if longest.Length.Seconds() != tt.away || tt.away > 0 && longest.At.Sub(start).Seconds() != tt.since {
			t.Errorf("%s: away for %v since %v, want %g s since %g s", tt.name, longest.Length, longest.At.Sub(start), tt.away, tt.since)
		}
	}
}

// Any reply proves that B is there; a timeout or a failed connection proves nothing.
func TestRepliesEndAnOutage(t *testing.T) {
	for i := range len(measure.Counts{}) {
		outcome := measure.Outcome(i)
		var o outage
		var seen measure.Counts
		var away bool
		for second := range 4 {
			_, ok := o.add(time.Unix(int64(second), 0), false, seen)
			away = away || ok
			seen[i]++
		}
		if want := outcome == measure.Timeout || outcome == measure.Connection; away != want {
			t.Errorf("with one %s each second, away is %v, want %v", outcome, away, want)
		}
	}
}
