package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"batchlab/service-a/measure"
)

func updating() bool { return flag.Lookup("update").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files instead of comparing with them")
	os.Exit(m.Run())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if updating() {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update to accept):\n%s", path, got)
	}
}

// full is a run in which every figure is known.
func full() measure.Summary {
	r := measure.NewRecorder(1, false)
	for i := range 1000 {
		diff := time.Duration(i+1) * 250 * time.Microsecond
		r.Record(0, measure.Sample{Outcome: measure.OK, End: diff + 500*time.Microsecond, TSDiff: diff, InWindow: i < 950, TimeInWindow: 1265 * time.Millisecond})
	}
	for range 12 {
		r.Record(0, measure.Sample{Outcome: measure.Busy, Cause: "503 busy", Example: `{"error":"queue full","code":"busy"}`})
	}
	r.Record(0, measure.Sample{Outcome: measure.Timeout, Cause: "no complete reply within REQUEST_TIMEOUT", Example: "before the reply: i/o timeout"})
	for range 7 {
		r.Record(0, measure.Sample{Outcome: measure.LeftOver})
	}
	run := measure.Run{
		Started:     time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
		WindowEnded: 10 * time.Second, Finished: 11250 * time.Millisecond,
		Totals: r.Totals(), Warmup: &measure.Totals{}, Dropped: 3,
	}
	run.Concurrency = 127
	config := []measure.Setting{{Name: "CONCURRENCY", Value: 127}, {Name: "REQUEST_TIMEOUT", Value: "3s"}}
	cpu := measure.CPU{ACores: new(0.25), BCores: new(1.5), HostBusyPercent: new(95.25), StealPercent: new(2.5), HostCores: new(2.0), AMicrosPerReq: new(9.5)}
	cpu.OthersCores = cpu.Others(true)
	var inFlight measure.InFlightSamples
	for i := range 1000 {
		inFlight.Add(126 + i%2)
	}
	s := measure.Summarize(run, config, measure.Conditions{CPU: cpu, MayUse: 2, Server: measure.Server{Instances: 1, SameHost: true, Settings: map[string]string{"batch_size": "10", "partial_batch": "fail"}}, B: &measure.Between{AIBusyPercent: 98.4, BatchFillPercent: 100}, InFlight: inFlight})
	s.Goals = []measure.Goal{measure.FailedAtMost(1, s.Totals)}
	s.Origin = measure.Origin{Version: "v1.2.3", Host: "5b3c0f2e"}
	return s
}

// open is an open-loop run that fell behind its schedule.
func open() measure.Summary {
	r := measure.NewRecorder(1, true)
	for i := range 5000 {
		late := time.Duration(i%100) * 200 * time.Microsecond
		r.Record(0, measure.Sample{Outcome: measure.OK, End: 12*time.Millisecond + late, TSDiff: 11 * time.Millisecond, Lag: late, InWindow: true})
	}
	run := measure.Run{
		Concurrency: 127, Rate: 1500, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), WindowEnded: 5 * time.Second, Finished: 5012 * time.Millisecond,
		Totals: r.Totals(), Warmup: &measure.Totals{}, Dropped: 2500, Unconnected: 500,
	}
	return measure.Summarize(run, nil, measure.Conditions{CPU: measure.CPU{HostBusyPercent: new(99.0)}})
}

// empty is a run without any success or other figures.
func empty() measure.Summary {
	r := measure.NewRecorder(1, false)
	for range 5 {
		r.Record(0, measure.Sample{Outcome: measure.Connection, Cause: "connection refused", Example: "dial tcp 127.0.0.1:5000: connect: connection refused"})
	}
	run := measure.Run{WindowEnded: time.Second, Finished: time.Second, Totals: r.Totals(), Warmup: &measure.Totals{}}
	run.Concurrency = 5
	return measure.Summarize(run, nil, measure.Conditions{Server: measure.Server{Instances: 1, BatchSize: 10, Partial: "fail", Recent: r.Totals().Outcomes}})
}

// changed is a run during which B did not stay as it was.
func changed() measure.Summary {
	r := measure.NewRecorder(1, false)
	for range 1000 {
		r.Record(0, measure.Sample{Outcome: measure.OK, End: 20 * time.Millisecond, TSDiff: 19 * time.Millisecond, InWindow: true})
	}
	run := measure.Run{
		Concurrency: 50, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), WindowBegan: 5 * time.Second, WindowEnded: 65 * time.Second, Finished: 65 * time.Second,
		Totals: r.Totals(), Warmup: &measure.Totals{},
	}
	at := func(seconds float64) time.Time { return run.Started.Add(time.Duration(seconds * float64(time.Second))) }
	c := measure.Conditions{CPU: measure.CPU{HostBusyPercent: new(50.0)}, Server: measure.Server{Instances: 3, Settings: map[string]string{"batch_size": "10, 20"}}}
	for _, change := range []measure.Change{
		{Kind: measure.Changed, At: at(12), What: "BATCH_SIZE changed from 20 to 10"},
		{Kind: measure.Restarted, At: at(30), Length: 1500 * time.Millisecond, Share: 1, What: "B at 172.18.0.3:5001 restarted"},
		{Kind: measure.Joined, At: at(60.25), What: "B at 172.18.0.5:5001 joined"},
		{Kind: measure.Away, At: at(29.5), Length: 2 * time.Second, Share: 1, What: "B did not answer"},
	} {
		c.Timeline.Add(change)
	}
	return measure.Summarize(run, nil, c)
}
