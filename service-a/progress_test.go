package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/report"
	"batchlab/service-a/trial"
)

// at returns a snapshot that many seconds after the start, with that many ok replies of that ts_diff so far.
func at(seconds, ok int, tsDiffs ...time.Duration) trial.Snapshot {
	s := trial.Snapshot{At: time.Unix(1_700_000_000+int64(seconds), 0), Totals: &measure.Totals{}, InFlight: 7, Dropped: 2, Unconnected: 1}
	s.Totals.Outcomes[measure.OK] = int64(ok)
	s.Measured = int64(ok) - 10
	for _, d := range tsDiffs {
		s.Totals.TSDiff.Record(d)
	}
	s.Server = measure.Server{
		At: s.At, Instances: 1, BatchSize: 10, Partial: "fail", Workers: 1, Recent: measure.Counts{measure.Incomplete: 1},
		Used: measure.ServerCounters{
			CPUSeconds: float64(seconds * seconds), Batches: float64(seconds), Batched: 10 * float64(seconds), Slots: 10 * float64(seconds),
			Seconds: float64(seconds), SecondsAtA: float64(seconds),
		},
	}
	return s
}

func TestProgressBetweenSnapshots(t *testing.T) {
	first, before := at(0, 100), at(8, 500, time.Second)
	p := progress{first: &first, point: trial.Config{Plan: load.Plan{Warmup: time.Second, Duration: time.Minute, Requests: 9000}}}
	got := p.between(before, at(10, 800, time.Second, 20*time.Millisecond, 20*time.Millisecond))
	if got.Elapsed != 10*time.Second || got.Warmup != time.Second || got.Duration != time.Minute || got.Requests != 9000 {
		t.Errorf("%v of %v after %v, %d requests", got.Elapsed, got.Duration, got.Warmup, got.Requests)
	}
	if got.QPS != 150 || got.MeanQPS != 70 {
		t.Errorf("QPS %g, mean %g; want 300 in 2 s, 700 in 10 s", got.QPS, got.MeanQPS)
	}
	if got.P50.Round(time.Millisecond) != 20*time.Millisecond || got.P99.Round(time.Millisecond) != 20*time.Millisecond {
		t.Errorf("p50 %v, p99 %v, want those of the last 2 s: 20ms", got.P50, got.P99)
	}
	if got.Replies != 2 {
		t.Errorf("%d replies in the interval, want 2", got.Replies)
	}
	if got.Handled != 792 || got.Dropped != 2 || got.Unconnected != 1 || got.InFlight != 7 || got.Outcomes[measure.OK] != 800 || got.Stopping {
		t.Errorf("%d handled, %d dropped, %d in flight, %d ok, stopping %v", got.Handled, got.Dropped, got.InFlight, got.Outcomes[measure.OK], got.Stopping)
	}
	if got.CPU.BCores == nil || *got.CPU.BCores != 18 || got.B == nil || *got.B.Cores != 18 || got.B.BatchFillPercent != 100 { // 100 - 64 s in 2 s
		t.Errorf("B %+v, CPU %+v, want 18 cores and full batches", got.B, got.CPU)
	}
}

// Snapshots come every second. Without a terminal, a line is due every five seconds.
func TestProgressIsShownWhenDue(t *testing.T) {
	var screen bytes.Buffer
	p := progress{live: report.NewLive(&screen, nil), point: trial.Config{Concurrency: 10}}
	for seconds := range 13 {
		p.show(at(seconds, 100*seconds))
	}
	var lines []string
	for line := range strings.Lines(screen.String()) {
		lines = append(lines, line[:strings.Index(line, "|")])
	}
	if got := strings.Join(lines, ""); got != "5s 10s " {
		t.Errorf("lines are of %q, want 5s and 10s:\n%s", got, screen.String())
	}
	if !strings.Contains(screen.String(), "10s | QPS 100 (mean 100) |") {
		t.Errorf("want QPS 100 at 10s:\n%s", screen.String())
	}
}

// The warning depends on the last known state of B; a B that does not answer changes nothing.
func TestProgressWarns(t *testing.T) {
	var screen bytes.Buffer
	p := progress{live: report.NewLive(&screen, nil), point: trial.Config{Concurrency: 9}}
	away := at(2, 0)
	away.Server = measure.Server{}
	fits := at(4, 0)
	fits.Server.BatchSize = 9
	p.show(at(1, 0))
	p.show(away)
	p.show(at(3, 0))
	p.show(fits)
	want := "WARNING: " + at(0, 0).Server.Warning(9) + "\nbatches can fill again\n"
	if screen.String() != want {
		t.Errorf("shown is %q, want %q", screen.String(), want)
	}
}

// Each change of B is shown once, when it is noticed.
func TestProgressShowsChanges(t *testing.T) {
	var screen bytes.Buffer
	p := progress{live: report.NewLive(&screen, nil), point: trial.Config{Concurrency: 10}}
	now := at(1, 0)
	p.show(now)
	restarted := measure.Change{Kind: measure.Restarted, At: at(13, 0).At, Length: time.Second, What: "10.0.0.2:5001 restarted"}
	now.Changes = []measure.Change{restarted}
	p.show(now)
	p.show(now)
	now.Changes = []measure.Change{restarted, {Kind: measure.Changed, At: at(20, 0).At, What: "BATCH_SIZE changed from 20 to 10"}}
	p.show(now)
	want := "WARNING: at 12 s, 10.0.0.2:5001 restarted, away for up to 1.0 s\nWARNING: at 19 s, BATCH_SIZE changed from 20 to 10\n"
	if screen.String() != want {
		t.Errorf("shown is %q, want %q", screen.String(), want)
	}
}
