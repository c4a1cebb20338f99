package measure

import (
	"strings"
	"testing"
	"time"
)

// reasons judges a good run after a change, and returns the reasons that contain a word.
func reasons(word string, change func(r *Run, c *Conditions)) (matching []string, v Verdict) {
	v = judge(good(change))
	for _, reason := range v.Reasons {
		if strings.Contains(reason, word) {
			matching = append(matching, reason)
		}
	}
	return matching, v
}

// Each cause of dropped requests has its own reason, with its own share. Together they decide.
func TestDropped(t *testing.T) {
	const full = "were dropped because CONCURRENCY 10 were already in flight: raise CONCURRENCY, or lower RATE"
	const lost = "were dropped because a worker had no connection to B (see the errors)"
	tests := []struct {
		dropped, unconnected int64 // of 1000 that were sent
		want                 []string
	}{
		{0, 0, nil},
		{10, 10, nil},
		{11, 0, []string{"1.1 % of the requests due " + full}},
		{11, 11, []string{"1.1 % of the requests due " + lost}},
		{1000, 250, []string{"37.5 % of the requests due " + full, "12.5 % of the requests due " + lost}},
		{12, 6, []string{"0.6 % of the requests due " + full, "0.6 % of the requests due " + lost}},
		{501, 500, []string{"33.3 % of the requests due " + lost}}, // the first line is not about one request
		{501, 1, []string{"33.3 % of the requests due " + full}},
	}
	for _, tt := range tests {
		got, v := reasons("dropped", func(r *Run, _ *Conditions) { r.Rate, r.Dropped, r.Unconnected = 100, tt.dropped, tt.unconnected })
		if len(got) != len(tt.want) || v.Valid != (tt.want == nil) {
			t.Errorf("%d dropped, %d of them without a connection: valid %v, %q; want %q", tt.dropped, tt.unconnected, v.Valid, got, tt.want)
			continue
		}
		for i, want := range tt.want {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("%d dropped, %d of them without a connection: %q, want %q", tt.dropped, tt.unconnected, got[i], want)
			}
		}
	}
}

// A B that shuts down refuses requests as well, but its queue is not full.
func TestShuttingDown(t *testing.T) {
	refused := func(draining, busy int) func(r *Run, c *Conditions) {
		return func(r *Run, _ *Conditions) {
			rec := NewRecorder(1, false)
			for range draining {
				rec.Record(0, Sample{Outcome: Busy, Cause: "503 draining"})
			}
			for range busy {
				rec.Record(0, Sample{Outcome: Busy, Cause: "503 busy"})
			}
			r.Totals.Merge(rec.Totals())
		}
	}
	tests := []struct {
		draining, busy int
		limit          string
		want           []string
	}{
		{1, 0, LimitNone, []string{"B was shutting down and refused 1 of 1001 requests (0.1 %)"}},
		{250, 0, LimitNone, []string{"B was shutting down and refused 250 of 1250 requests (20.0 %)"}},
		{125, 125, LimitQueue, []string{"B's queue was full and it rejected 10.0 % of the requests as busy", "B was shutting down and refused 125 of 1250 requests (10.0 %)"}},
	}
	for _, tt := range tests {
		got, v := reasons("B was shutting down", refused(tt.draining, tt.busy))
		full, _ := reasons("QUEUE_LIMIT", refused(tt.draining, tt.busy))
		got = append(full, got...)
		if len(got) != len(tt.want) || v.Limit != tt.limit || !v.Valid {
			t.Errorf("%d draining, %d busy: valid %v, limit %s, %q; want %s, %q", tt.draining, tt.busy, v.Valid, v.Limit, got, tt.limit, tt.want)
			continue
		}
		for i, want := range tt.want {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("%d draining, %d busy: %q, want %q", tt.draining, tt.busy, got[i], want)
			}
		}
	}
	restarts := func(r *Run, c *Conditions) {
		refused(250, 0)(r, c)
		c.Timeline.Add(Change{Kind: Restarted, At: r.Started, Length: time.Millisecond, What: "B restarted"})
	}
	if got, _ := reasons("B was shutting down", restarts); got != nil {
		t.Errorf("B restarted, and still %q", got)
	}
}

// Below 10 x CONCURRENCY requests, the ramp-up weighs on a closed loop's QPS.
func TestShortRun(t *testing.T) {
	tests := []struct {
		name        string
		concurrency int // of 1000 requests
		rate        float64
		want        bool
	}{
		{"just long enough", 100, 0, false},
		{"one worker too many", 101, 0, true},
		{"an open loop has no ramp-up", 101, 100, false},
	}
	for _, tt := range tests {
		got, v := reasons("only 1000 requests were measured, fewer than 10 x CONCURRENCY", func(r *Run, c *Conditions) { r.Concurrency, r.Rate = tt.concurrency, tt.rate })
		if (len(got) == 1) != tt.want || !v.Valid {
			t.Errorf("%s: valid %v, %q; want a warning: %v", tt.name, v.Valid, v.Reasons, tt.want)
		}
	}
	if got, _ := reasons("10 x CONCURRENCY", func(r *Run, _ *Conditions) { r.Concurrency, r.Totals = 127, &Totals{} }); got != nil {
		t.Errorf("nothing succeeded, and still %q", got)
	}
}

// Percentiles end at MaxDuration. A run that goes beyond says so, and how far.
func TestBeyondTheHistogram(t *testing.T) {
	for _, tt := range []struct {
		latency, lag time.Duration
		want         string
	}{
		{MaxDuration, 0, ""},
		{MaxDuration + time.Second, 0, "the longest latency or lag was 10m1s"},
		{time.Hour, time.Minute, "the longest latency or lag was 1h0m0s"},
		{time.Second, time.Hour, "the longest latency or lag was 1h0m0s"},
	} {
		got, v := reasons("percentiles end at 10 minutes", func(r *Run, _ *Conditions) {
			r.Totals.Latency.Record(tt.latency)
			r.Totals.Lag.Record(tt.lag)
		})
		if (len(got) == 1) != (tt.want != "") || len(got) == 1 && !strings.HasPrefix(got[0], tt.want) || !v.Valid {
			t.Errorf("latency %v, lag %v: valid %v, %q; want %q", tt.latency, tt.lag, v.Valid, got, tt.want)
		}
	}
	var h Histogram
	for _, d := range []time.Duration{time.Second, time.Hour, time.Hour, 2 * time.Hour} {
		h.Record(d)
	}
	if got := h.Percentile(50); got != MaxDuration {
		t.Errorf("p50 of 1s, 1h, 1h and 2h is %v, want %v", got, MaxDuration)
	}
}
