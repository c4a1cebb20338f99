package measure

import (
	"strings"
	"testing"
	"time"
)

// A reply cannot take B longer than it took A. Where it seems to, the clock of B is ahead.
func TestClockOfBAhead(t *testing.T) {
	tests := []struct {
		name    string
		ahead   func(i int) time.Duration // of B's clock, at request i of 1000
		latency time.Duration
		want    string // "" = no word
	}{
		{"never", func(int) time.Duration { return 0 }, 20 * time.Millisecond, ""},
		{"by five seconds", func(int) time.Duration { return 5 * time.Second }, 20 * time.Millisecond, "ts_diff was up to 4.998s longer than the latency"},
		{"by less than the way back", func(int) time.Duration { return time.Millisecond }, 20 * time.Millisecond, ""},
		{"whole milliseconds, rounded up", func(int) time.Duration { return 2800 * time.Microsecond }, 20 * time.Millisecond, ""},
		{"at the end of the run", func(i int) time.Duration {
			return map[bool]time.Duration{true: 300 * time.Millisecond}[i > 700]
		}, 20 * time.Millisecond, "ts_diff was up to 298ms longer than the latency"},
		{"slewing during long requests", func(int) time.Duration { return 7 * time.Millisecond }, 10 * time.Second, ""},
		{"behind", func(int) time.Duration { return -time.Millisecond }, 20 * time.Millisecond, ""},
	}
	for _, tt := range tests {
		got, v := reasons("longer than the latency", func(r *Run, _ *Conditions) {
			rec := NewRecorder(1, false)
			for i := range 1000 {
				rec.Record(0, Sample{Outcome: OK, End: tt.latency, TSDiff: tt.latency - 2*time.Millisecond + tt.ahead(i), InWindow: true, TimeInWindow: 100 * time.Millisecond})
			}
			r.Totals = rec.Totals()
		})
		if all := strings.Join(got, " "); !v.Valid || !strings.HasPrefix(all, tt.want) || tt.want == "" && all != "" {
			t.Errorf("%s: valid %v, %q; want valid, %q", tt.name, v.Valid, all, tt.want)
		}
	}
}
