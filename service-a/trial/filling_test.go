package trial

import (
	"testing"
	"time"

	"batchlab/service-a/measure"
)

func TestFilling(t *testing.T) {
	type counted struct{ ok, incomplete, timeout int64 } // by each second
	tests := []struct {
		name    string
		seconds []counted
		fills   string // at each second: y or n
	}{
		{"nothing succeeds", []counted{{0, 0, 0}, {0, 5, 0}, {0, 10, 0}, {0, 15, 0}}, "ynnn"},
		{"REQUEST_TIMEOUT comes before BATCH_TIMEOUT", []counted{{0, 0, 0}, {0, 0, 5}, {0, 0, 10}}, "ynn"},
		{"both timeouts come at once", []counted{{0, 0, 0}, {0, 5, 5}, {0, 10, 10}}, "ynn"},
		{"another load fills the batches", []counted{{0, 0, 0}, {50, 0, 0}, {100, 0, 0}}, "yyy"},
		{"some requests are incomplete", []counted{{0, 0, 0}, {50, 5, 0}, {100, 9, 0}, {150, 14, 0}}, "yyyy"},
		{"calls take long", []counted{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {5, 0, 0}, {5, 0, 0}}, "yyyyy"},
		{"the other load ends", []counted{{0, 0, 0}, {50, 0, 0}, {50, 0, 0}, {50, 5, 0}, {50, 10, 0}}, "yyynn"},
		{"another load comes", []counted{{0, 0, 0}, {0, 5, 0}, {20, 5, 0}, {40, 5, 0}}, "ynyy"},
	}
	for _, tt := range tests {
		var f filling
		var fills string
		for second, c := range tt.seconds {
			var seen measure.Counts
			seen[measure.OK], seen[measure.Incomplete], seen[measure.Timeout] = c.ok, c.incomplete, c.timeout
			fills += map[bool]string{true: "y", false: "n"}[f.add(measure.Server{At: time.Unix(int64(second), 0), BatchTimeout: time.Second}, seen)]
		}
		if fills != tt.fills {
			t.Errorf("%s: %s, want %s", tt.name, fills, tt.fills)
		}
	}
}

// Before BATCH_TIMEOUT has passed since the last success, or since the first reading, failures say nothing about the
// batches now.
func TestFillingWaitsForBatchTimeout(t *testing.T) {
	for _, tt := range []struct {
		first, last int64 // the counts of ok replies at seconds 0 and 2
		until       int   // the first second at which batches do not seem to fill
	}{{0, 0, 5}, {3, 3, 5}, {0, 2, 6}, {3, 5, 6}} {
		var f filling
		for second := range 12 {
			var seen measure.Counts
			seen[measure.OK], seen[measure.Incomplete] = min(tt.first+int64(second), tt.last), int64(second)
			fills := f.add(measure.Server{At: time.Unix(int64(second), 0), BatchTimeout: 5 * time.Second}, seen)
			if want := second < tt.until; fills != want { // the last success came after second 1
				t.Errorf("from %d to %d ok, second %d: fills is %v, want %v", tt.first, tt.last, second, fills, want)
			}
		}
	}
}
