package measure

import "testing"

func TestFailedAtMost(t *testing.T) {
	for _, tt := range []struct {
		name    string
		counts  Counts
		percent float64
		got     float64
		kept    bool
		finding string
	}{
		{"none failed", Counts{OK: 1000}, 1, 0, true, "0 of 1000 requests failed (0 %), GOAL_FAILED allows 1%"},
		{"as many as may", Counts{OK: 990, Busy: 6, Timeout: 4}, 1, 1, true, "10 of 1000 requests failed (1 %), GOAL_FAILED allows 1%"},
		{"one more", Counts{OK: 989, Failed: 11}, 1, 1.1, false, "11 of 1000 requests failed (1.1 %), GOAL_FAILED allows 1%"},
		{"a few more, which rounding hides", Counts{OK: 98_996, Failed: 1004}, 1, 100 * 1004.0 / 100_000, false, "1004 of 100000 requests failed (1.004 %), GOAL_FAILED allows 1%"},
		{"one, where none may", Counts{OK: 9_999, Malformed: 1}, 0, 0.01, false, "1 of 10000 requests failed (0.01 %), GOAL_FAILED allows 0%"},
		{"most", Counts{OK: 20, Failed: 1980}, 0.5, 99, false, "1980 of 2000 requests failed (99 %), GOAL_FAILED allows 0.5%"},
		{"all, where all may", Counts{Failed: 5}, 100, 100, true, "5 of 5 requests failed (100 %), GOAL_FAILED allows 100%"},
		{"left over is no failure, nor a success", Counts{OK: 1, Failed: 1, LeftOver: 98}, 49, 50, false, "1 of 2 requests failed (50 %), GOAL_FAILED allows 49%"},
		{"nothing sent", Counts{}, 1, 0, true, "0 of 0 requests failed (0 %), GOAL_FAILED allows 1%"},
	} {
		want := Goal{Name: "failed_percent", Want: tt.percent, Got: tt.got, Kept: tt.kept, Finding: tt.finding}
		if got := FailedAtMost(tt.percent, &Totals{Outcomes: tt.counts}); got != want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, want)
		}
	}
}
