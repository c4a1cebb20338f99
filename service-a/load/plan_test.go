package load

import (
	"math"
	"testing"
	"time"
)

func TestDue(t *testing.T) {
	tests := []struct {
		rate float64
		n    int64
		want time.Duration
	}{
		{1, 0, 0},
		{1, 3, 3 * time.Second},
		{1000, 1, time.Millisecond},
		{1000, 3_600_000_000, 1000 * time.Hour}, // rounding does not add up
		{3, 1, 333_333_333},
		{3, 3_000_000, 1_000_000 * time.Second},
		{0.5, 1, 2 * time.Second},
		{1e-9, math.MaxInt64, Forever},
	}
	for _, tt := range tests {
		if got := (Plan{Rate: tt.rate}).Due(tt.n); got != tt.want {
			t.Errorf("at %g/s, request %d is due at %v, want %v", tt.rate, tt.n, got, tt.want)
		}
	}
}

func TestEnd(t *testing.T) {
	tests := []struct {
		plan Plan
		want time.Duration
	}{
		{Plan{}, Forever},
		{Plan{Warmup: time.Second}, Forever},
		{Plan{Duration: time.Minute}, time.Minute},
		{Plan{Duration: time.Minute, Warmup: time.Second}, 61 * time.Second},
	}
	for _, tt := range tests {
		if got := tt.plan.End(); got != tt.want {
			t.Errorf("%+v ends at %v, want %v", tt.plan, got, tt.want)
		}
	}
}

func TestSlots(t *testing.T) {
	tests := []struct {
		plan Plan
		want int64
	}{
		{Plan{Rate: 10}, math.MaxInt64},
		{Plan{Rate: 10, Requests: 7}, 7},
		{Plan{Rate: 10, Requests: 7, Warmup: time.Second}, 17},
		{Plan{Rate: 3, Requests: 1, Warmup: time.Second}, 4}, // due at 0, 1/3, 2/3; the fourth is measured
		{Plan{Rate: 3, Requests: 1, Warmup: 1100 * time.Millisecond}, 5},
		{Plan{Rate: 1e6, Requests: 1e12, Warmup: 8760 * time.Hour}, 8760*3600*1e6 + 1e12}, // the largest of each
	}
	for _, tt := range tests {
		if got := tt.plan.Slots(); got != tt.want {
			t.Errorf("%+v holds %d requests, want %d", tt.plan, got, tt.want)
		}
	}
}
