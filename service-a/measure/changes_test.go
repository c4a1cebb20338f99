package measure

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// ran is a flawless run of a minute after a warm-up of five seconds, with some changes of B.
func ran(changes ...Change) (Run, Conditions) {
	return good(func(r *Run, c *Conditions) {
		r.Started = time.Unix(1_700_000_000, 0)
		r.WindowBegan, r.WindowEnded, r.Finished = 5*time.Second, 65*time.Second, 65*time.Second
		r.Totals.TimeInWindow = 600 * time.Second // 10 in flight
		for _, change := range changes {
			c.Timeline.Add(change)
		}
	})
}

// after is a change at that second of the run, which lasts some seconds.
func after(seconds float64, kind ChangeKind, what string, length float64) Change {
	return Change{
		Kind: kind, At: time.Unix(1_700_000_000, 0).Add(time.Duration(seconds * float64(time.Second))),
		Length: time.Duration(length * float64(time.Second)), Share: 1, What: what,
	}
}

func TestVerdictOnChanges(t *testing.T) {
	third := after(20, Restarted, "B at 10.0.0.2:5001 restarted", 1.5)
	third.Share = 1.0 / 3
	tests := []struct {
		name    string
		changes []Change
		valid   bool
		reason  string // "" = only that nothing was saturated
	}{
		{"nothing", nil, true, ""},
		{"settings", []Change{after(12, Changed, "BATCH_SIZE changed from 20 to 10", 0)}, false,
			"BATCH_SIZE changed from 20 to 10 at 12.0 s, so the figures mix both settings: run again"},
		{"two settings", []Change{after(12, Changed, "BATCH_SIZE changed from 20 to 10", 0), after(30, Changed, "BATCH_SIZE changed from 10 to 5", 0)}, false,
			"BATCH_SIZE changed from 20 to 10 at 12.0 s (and 1 more), so the figures mix both settings: run again"},
		{"settings of one instance in the warm-up, and of another after it", []Change{after(4.9, Changed, "BATCH_SIZE changed from 20 to 10", 0), after(5.5, Changed, "BATCH_SIZE changed from 20 to 10", 0)}, false,
			"BATCH_SIZE changed from 20 to 10 at 4.9 s, so the figures mix both settings: run again"},
		{"a limit that no request met", []Change{after(12, Changed, "QUEUE_LIMIT changed from 800 to 900", 0)}, true,
			"QUEUE_LIMIT changed from 800 to 900 at 12.0 s, but no queue was full before or after"},
		{"a limit that no request met, and more", []Change{after(12, Changed, "QUEUE_LIMIT changed from 800 to 900", 0), after(13, Changed, "AI_WORKERS changed from 1 to 2", 0)}, false,
			"QUEUE_LIMIT changed from 800 to 900 at 12.0 s (and 1 more), so the figures mix both settings"},
		{"settings in the warm-up", []Change{after(4.9, Changed, "BATCH_SIZE changed from 20 to 10", 0)}, true, ""},
		{"settings after the window", []Change{after(65, Changed, "BATCH_SIZE changed from 20 to 10", 0)}, true, ""},
		{"one more", []Change{after(12, Joined, "B at 10.0.0.3:5001 joined", 0)}, false, "B at 10.0.0.3:5001 joined at 12.0 s, so the figures mix different numbers of instances: run again"},
		{"one less", []Change{after(12, Left, "B at 10.0.0.3:5001 left", 0)}, false, "B at 10.0.0.3:5001 left at 12.0 s, so the figures mix different numbers of instances: run again"},
		{"away", []Change{after(15, Away, "B did not answer", 40)}, false,
			"B did not answer from 15.0 s to 55.0 s, up to 67 % of the run: find out why, and run again"},
		{"away since the warm-up", []Change{after(0, Away, "B did not answer", 5.5)}, true, "B did not answer from 0.0 s to 5.5 s, at most 1 % of the run"},
		{"away in the warm-up", []Change{after(0, Away, "B did not answer", 4.5)}, true, ""},
		{"away until after the end", []Change{after(64.5, Away, "B did not answer", 4)}, true, "B did not answer from 64.5 s to 68.5 s, at most 1 % of the run"},
		{"restarted", []Change{after(20, Restarted, "B at 10.0.0.2:5001 restarted", 1.5)}, false,
			"B at 10.0.0.2:5001 restarted at 20.0 s and was away for up to 1.5 s, up to 2 % of the run"},
		{"restarted twice", []Change{after(20, Restarted, "B at 10.0.0.2:5001 restarted", 0.5), after(30, Restarted, "B at 10.0.0.2:5001 restarted", 0.5)}, false,
			"B at 10.0.0.2:5001 restarted at 20.0 s and was away for up to 0.5 s (and 1 more), up to 2 % of the run"},
		{"away for 1 %, which is little", []Change{after(20, Away, "B did not answer", 0.6)}, true, "B did not answer from 20.0 s to 20.6 s, at most 1 % of the run"},
		{"away for more", []Change{after(20, Away, "B did not answer", 0.62)}, false, "B did not answer from 20.0 s to 20.6 s, up to 1 % of the run: find out why"},
		{"one of three restarted", []Change{third}, true, "B at 10.0.0.2:5001 restarted at 20.0 s and was away for up to 1.5 s, at most 1 % of the run"},
		{"restarted in a moment", []Change{after(20, Restarted, "B at 10.0.0.2:5001 restarted", 0.5)}, true,
			"B at 10.0.0.2:5001 restarted at 20.0 s and was away for up to 0.5 s, at most 1 % of the run"},
		{"a restart and its absence count once", []Change{after(20, Restarted, "B at 10.0.0.2:5001 restarted", 0.5), after(20, Away, "B did not answer", 0.5)}, true,
			"B at 10.0.0.2:5001 restarted at 20.0 s and was away for up to 0.5 s (and 1 more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := judge(ran(tt.changes...))
			if limit := map[bool]string{true: LimitNone, false: LimitUnknown}[tt.valid]; v.Valid != tt.valid || v.Limit != limit {
				t.Errorf("valid %v, limit %q; want %v, %q", v.Valid, v.Limit, tt.valid, limit)
			}
			if reasons := strings.Join(v.Reasons, "\n"); tt.reason != "" && !strings.HasPrefix(reasons, tt.reason) || tt.reason == "" && !strings.HasPrefix(reasons, "no resource was saturated") {
				t.Errorf("reasons are %q, want %q first", v.Reasons, tt.reason)
			}
		})
	}
}

// Missing figures of a B that answers are explained; those of a B that was away explain themselves.
func TestUnreadB(t *testing.T) {
	tests := []struct {
		name   string
		change func(r *Run, c *Conditions)
		want   string
	}{
		{"all is known", func(*Run, *Conditions) {}, ""},
		{"too slow", func(_ *Run, c *Conditions) { c.B, c.CPU.BCores = nil, nil }, "B's metrics came too late for a window of 60.000 s"},
		{"too short", func(r *Run, c *Conditions) { r.WindowEnded, c.CPU.BCores = r.WindowBegan+50*time.Millisecond, nil },
			"a window of 0.050 s is too short to measure B's CPU"},
		{"just too short", func(r *Run, c *Conditions) { r.WindowEnded, c.CPU.BCores = r.WindowBegan+299*time.Millisecond, nil },
			"a window of 0.299 s is too short to measure B's CPU"},
		{"not too short", func(r *Run, c *Conditions) { r.WindowEnded, c.CPU.BCores = r.WindowBegan+300*time.Millisecond, nil }, ""},
		{"read for 10 s of 60", func(_ *Run, c *Conditions) { c.B.Missing = 50 * time.Second }, "B's metrics could not be read for 50.0 s of the window of 60.0 s, so its figures"},
		{"hardly missed", func(_ *Run, c *Conditions) { c.B.Missing = 6 * time.Second }, ""},
		{"a slow reading in a short run", func(r *Run, c *Conditions) { r.WindowEnded, c.B.Missing = r.WindowBegan+4*time.Second, 2*time.Second }, ""},
		{"away", func(_ *Run, c *Conditions) { c.B = nil; c.Timeline.Add(after(15, Away, "B did not answer", 40)) }, ""},
		{"unknown", func(_ *Run, c *Conditions) { c.B, c.Server = nil, Server{} }, ""},
		{"nothing succeeded", func(r *Run, c *Conditions) { r.Totals, c.B = &Totals{}, nil }, ""},
	}
	for _, tt := range tests {
		r, c := ran()
		tt.change(&r, &c)
		f, applies := unreadB(r, c)
		if applies != (tt.want != "") || f.invalid || applies && !strings.HasPrefix(f.reason, tt.want) {
			t.Errorf("%s: %v %+v, want %q", tt.name, applies, f, tt.want)
		}
	}
}

// A run that ends in its warm-up has no window that B could be away from.
func TestAwayWithoutAWindow(t *testing.T) {
	if got := awayShare(Run{Totals: &Totals{}, Warmup: &Totals{}}, []Change{{Kind: Away, Length: time.Second, Share: 1}}); got != 0 {
		t.Errorf("away for %g of it, want 0", got)
	}
}

// One PATCH may change two settings. An absence may begin with the last reading before a restart.
func TestTimelineKeepsChangesApart(t *testing.T) {
	var all Timeline
	for _, change := range []Change{
		after(1, Changed, "BATCH_SIZE changed from 20 to 10", 0), after(1, Changed, "AI_WORKERS changed from 1 to 2", 0),
		after(4, Changed, "BATCH_SIZE changed from 20 to 10", 0), after(6.9, Changed, "BATCH_SIZE changed from 20 to 10", 0),
		after(20, Restarted, "b restarted", 2), after(20, Away, "B did not answer", 2),
	} {
		all.Add(change)
	}
	var at []float64
	for _, c := range all {
		at = append(at, c.At.Sub(time.Unix(1_700_000_000, 0)).Seconds())
	}
	if got := fmt.Sprint(at); got != "[1 1 4 20 20]" || all.Restarts() != 1 {
		t.Errorf("changes at %s s, %d restarts; want [1 1 4 20 20], 1", got, all.Restarts())
	}
}

func TestTimeline(t *testing.T) {
	var all Timeline
	all.Add(after(1, Changed, "BATCH_SIZE changed from 20 to 10", 0))
	all.Add(after(2, Changed, "BATCH_SIZE changed from 20 to 10", 0)) // another instance
	all.Add(after(10, Changed, "BATCH_SIZE changed from 20 to 10", 0))
	all.Add(after(20, Away, "B did not answer", 2))
	all.Add(after(20, Away, "B did not answer", 3))
	all.Add(after(30, Away, "B did not answer", 2))
	all.Add(after(40, Restarted, "b restarted", 2))
	all.Add(after(41, Restarted, "b restarted", 0.1))
	var texts []string
	for _, c := range all {
		texts = append(texts, fmt.Sprint(c))
	}
	want := "BATCH_SIZE changed from 20 to 10|BATCH_SIZE changed from 20 to 10|B did not answer for 3.0 s|B did not answer for 2.0 s|" +
		"b restarted, away for up to 2.0 s|b restarted, away for up to 0.1 s"
	if got := strings.Join(texts, "|"); got != want || all.Restarts() != 2 {
		t.Errorf("%s, %d restarts; want\n%s, 2", got, all.Restarts(), want)
	}
}

// Of several As, the one that saw the most tells what happened to the same B, and its settings.
func TestMergedTimelines(t *testing.T) {
	run := func(url string, changes ...Change) Summary {
		r, c := ran(changes...)
		c.Server.Settings = map[string]string{"batch_size": "10"}
		return Summarize(r, []Setting{{Name: "TARGET_URL", Value: url}, {Name: "TARGET_ADMIN_URL", Value: "http://b:5001"}}, c)
	}
	restart, away := after(20, Restarted, "b restarted", 1.5), after(19, Away, "B did not answer", 2)
	late, other := restart, after(40, Restarted, "b restarted", 1)
	late.At = late.At.Add(900 * time.Millisecond)
	m := Merge([]Summary{run("http://b:5000", restart), run("http://b:5000", late, away, other)})
	if len(m.Timeline) != 3 || m.Timeline.Restarts() != 2 || m.Server.Settings["batch_size"] != "10" {
		t.Errorf("changes are %v, settings %v; want two restarts and an absence, and the settings of B", m.Timeline, m.Server.Settings)
	}
	if m := Merge([]Summary{run("http://b:5000"), run("http://c:5000")}); m.Server.Settings != nil {
		t.Errorf("settings of two Bs are %v, want none", m.Server.Settings)
	}
}

// Requests that a B refuses because it shuts down do not meet the limit.
func TestQueueLimitChangedByARestart(t *testing.T) {
	r, c := ran(after(12, Changed, "QUEUE_LIMIT changed from 800 to 900", 0))
	r.Totals.Outcomes[Busy] = 5
	r.Totals.AddCause(Cause{Busy, "503 draining", 5, ""})
	if v := judge(r, c); !v.Valid {
		t.Errorf("%q, though no queue was full", v.Reasons)
	}
}

// Only a busy reply can come from a full queue, so a failure with the same code does not hide one.
func TestQueueLimitChangedBesideFailures(t *testing.T) {
	r, c := ran(after(12, Changed, "QUEUE_LIMIT changed from 800 to 900", 0))
	r.Totals.Outcomes[Busy], r.Totals.Outcomes[Failed] = 5, 5
	r.Totals.AddCause(Cause{Failed, "500 draining", 5, ""})
	if judge(r, c).Valid {
		t.Error("valid, though some requests were refused")
	}
}

// A limit that refused requests does affect the figures, whenever it did.
func TestQueueLimitChangedWhileRequestsWereRefused(t *testing.T) {
	for _, refused := range []func(r *Run){
		func(r *Run) { r.Totals.Outcomes[Busy] = 1 },
		func(r *Run) { r.Warmup.Outcomes[Busy] = 1 },
	} {
		r, c := ran(after(12, Changed, "QUEUE_LIMIT changed from 800 to 900", 0))
		if refused(&r); judge(r, c).Valid {
			t.Error("valid, though some requests were refused")
		}
	}
}

// Instances with different settings make one figure of two.
func TestInstancesWithDifferentSettings(t *testing.T) {
	for value, want := range map[string]string{"10": "", "10, 20": "the instances of B differ in AI_WORKERS (1, 2) and BATCH_SIZE (10, 20), so the figures mix them"} {
		r, c := ran()
		c.Server.Settings = map[string]string{"batch_size": value, "ai_workers": map[string]string{"10": "1", "10, 20": "1, 2"}[value]}
		if v := judge(r, c); !v.Valid || strings.HasPrefix(v.Reasons[0], "the instances of B differ") != (want != "") || want != "" && !strings.HasPrefix(v.Reasons[0], want) {
			t.Errorf("valid %v, %q; want %q", v.Valid, v.Reasons, want)
		}
	}
}
