package measure

import (
	"testing"
	"time"
)

// totalsOf folds ok replies with the given latency; those after windowEnd lie outside the window.
func totalsOf(n int, first, gap, windowEnd time.Duration) *Totals {
	r := NewRecorder(1, false)
	for i := range n {
		end := first + time.Duration(i)*gap
		r.Record(0, Sample{Outcome: OK, Due: end - 100*time.Millisecond, End: end, TSDiff: 90 * time.Millisecond, InWindow: end <= windowEnd})
	}
	return r.Totals()
}

func TestWindow(t *testing.T) {
	const second = time.Second
	tests := []struct {
		name   string
		run    Run
		want   Window
		qps    float64
		length time.Duration
	}{{
		name: "ends when sending stops",
		run: Run{WindowEnded: 2 * second, Finished: 3 * second, Warmup: &Totals{},
			Totals: totalsOf(200, 100*time.Millisecond, 10*time.Millisecond, 2*second)},
		want: Window{Length: 2 * second, OK: 191, Answered: 191, Steady: true}, qps: 95.5,
	}, {
		name: "replies to the warm-up count where they arrive",
		run: Run{WindowBegan: second, WindowEnded: 2 * second, Finished: 2 * second,
			Warmup: totalsOf(5, second, 0, 2*second),
			Totals: totalsOf(95, second, 10*time.Millisecond, 2*second)},
		want: Window{Length: second, OK: 100, Answered: 100, Steady: true}, qps: 100,
	}, {
		name: "all sent at once: until the last reply",
		run: Run{WindowEnded: time.Millisecond, Finished: second, Warmup: &Totals{},
			Totals: totalsOf(10, 500*time.Millisecond, 0, time.Millisecond)},
		want: Window{Length: 500 * time.Millisecond, OK: 10, Answered: 10}, qps: 20,
	}, {
		name: "nothing sent",
		run:  Run{Totals: &Totals{}, Warmup: &Totals{}},
		want: Window{Steady: true},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Summarize(tt.run, nil, Conditions{})
			if s.Window != tt.want {
				t.Errorf("window = %+v, want %+v", s.Window, tt.want)
			}
			if s.QPS != tt.qps {
				t.Errorf("QPS = %v, want %v", s.QPS, tt.qps)
			}
			if s.TotalTime != tt.run.Finished-tt.run.WindowBegan {
				t.Errorf("total time = %v, want %v", s.TotalTime, tt.run.Finished-tt.run.WindowBegan)
			}
		})
	}
}
