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
	third := after(20, Restarted, "10.0.0.2:5001 restarted", 1.5)
	third.Share = 1.0 / 3
	tests := []struct {
		name    string
		changes []Change
		valid   bool
		reason  string // "" = only that nothing was saturated
	}{
		{"nothing", nil, true, ""},
		{"settings", []Change{after(12, Changed, "BATCH_SIZE changed from 20 to 10", 0)}, false,
			"BATCH_SIZE changed from 20 to 10 at 12.0 s: the figures mix both settings: run again"},
		{"two settings", []Change{after(12, Changed, "BATCH_SIZE changed from 20 to 10", 0), after(30, Changed, "BATCH_SIZE changed from 10 to 5", 0)}, false,
			"BATCH_SIZE changed from 20 to 10 at 12.0 s (and 1 more): the figures mix both settings: run again"},
		{"settings in the warm-up", []Change{after(4.9, Changed, "BATCH_SIZE changed from 20 to 10", 0)}, true, ""},
		{"settings after the window", []Change{after(65, Changed, "BATCH_SIZE changed from 20 to 10", 0)}, true, ""},
		{"one more", []Change{after(12, Came, "10.0.0.3:5001 came", 0)}, false, "10.0.0.3:5001 came at 12.0 s: the figures mix different numbers of instances: run again"},
		{"one less", []Change{after(12, Went, "10.0.0.3:5001 went", 0)}, false, "10.0.0.3:5001 went at 12.0 s: the figures mix different numbers of instances: run again"},
		{"away", []Change{after(15, Away, "no instance answered", 40)}, false,
			"no instance answered from 15.0 s to 55.0 s: B was away for up to 67 % of the run: find out why, and run again"},
		{"away since the warm-up", []Change{after(0, Away, "no instance answered", 5.5)}, true, "no instance answered from 0.0 s to 5.5 s: at most 1 % of the run is affected"},
		{"away in the warm-up", []Change{after(0, Away, "no instance answered", 4.5)}, true, ""},
		{"away until after the end", []Change{after(64.5, Away, "no instance answered", 4)}, true, "no instance answered from 64.5 s to 68.5 s: at most 1 % of the run is affected"},
		{"restarted", []Change{after(20, Restarted, "10.0.0.2:5001 restarted", 1.5)}, false,
			"10.0.0.2:5001 restarted at 20.0 s and was away for up to 1.5 s: B was away for up to 2 % of the run"},
		{"restarted twice", []Change{after(20, Restarted, "10.0.0.2:5001 restarted", 0.5), after(30, Restarted, "10.0.0.2:5001 restarted", 0.5)}, false,
			"10.0.0.2:5001 restarted at 20.0 s and was away for up to 0.5 s (and 1 more): B was away for up to 2 % of the run"},
		{"away for 1 %, which is little", []Change{after(20, Away, "no instance answered", 0.6)}, true, "no instance answered from 20.0 s to 20.6 s: at most 1 % of the run is affected"},
		{"away for more", []Change{after(20, Away, "no instance answered", 0.62)}, false, "no instance answered from 20.0 s to 20.6 s: B was away for up to 1 % of the run"},
		{"one of three restarted", []Change{third}, true, "10.0.0.2:5001 restarted at 20.0 s and was away for up to 1.5 s: at most 1 % of the run is affected"},
		{"restarted in a moment", []Change{after(20, Restarted, "10.0.0.2:5001 restarted", 0.5)}, true,
			"10.0.0.2:5001 restarted at 20.0 s and was away for up to 0.5 s: at most 1 % of the run is affected"},
		{"a restart and its absence count once", []Change{after(20, Restarted, "10.0.0.2:5001 restarted", 0.5), after(20, Away, "no instance answered", 0.5)}, true,
			"10.0.0.2:5001 restarted at 20.0 s and was away for up to 0.5 s (and 1 more"},
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
		{"too slow", func(_ *Run, c *Conditions) { c.B, c.CPU.BCores = nil, nil }, "B's metrics answered too slowly for a window of 1m0s"},
		{"too short", func(r *Run, c *Conditions) { r.WindowEnded, c.CPU.BCores = r.WindowBegan+50*time.Millisecond, nil },
			"the window of 50ms is too short to tell the CPU of B"},
		{"just too short", func(r *Run, c *Conditions) { r.WindowEnded, c.CPU.BCores = r.WindowBegan+299*time.Millisecond, nil },
			"the window of 299ms is too short to tell the CPU of B"},
		{"not too short", func(r *Run, c *Conditions) { r.WindowEnded, c.CPU.BCores = r.WindowBegan+300*time.Millisecond, nil }, ""},
		{"away", func(_ *Run, c *Conditions) { c.B = nil; c.Timeline.Add(after(15, Away, "no instance answered", 40)) }, ""},
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
		after(20, Restarted, "b restarted", 2),
	} {
		all.Add(change)
	}
	all.Extend(after(20, Away, "no instance answered", 2))
	var at []float64
	for _, c := range all.Changes {
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
	all.Extend(after(20, Away, "no instance answered", 2))
	all.Extend(after(20, Away, "no instance answered", 3))
	all.Extend(after(30, Away, "no instance answered", 2))
	all.Add(after(40, Restarted, "b restarted", 2))
	all.Add(after(41, Restarted, "b restarted", 0.1))
	var texts []string
	for _, c := range all.Changes {
		texts = append(texts, fmt.Sprint(c))
	}
	want := "BATCH_SIZE changed from 20 to 10|BATCH_SIZE changed from 20 to 10|no instance answered for 3.0 s|no instance answered for 2.0 s|" +
		"b restarted, away for up to 2.0 s|b restarted, away for up to 0.1 s"
	if got := strings.Join(texts, "|"); got != want || all.Restarts() != 2 || all.More != 0 {
		t.Errorf("%s, %d restarts, %d more; want\n%s, 2, 0", got, all.Restarts(), all.More, want)
	}
	for range 2 * maxChanges {
		all.Add(after(50, Restarted, "b restarted", 0.1))
	}
	if len(all.Changes) != maxChanges || all.More != maxChanges+6 {
		t.Errorf("%d changes and %d more, want %d and %d", len(all.Changes), all.More, maxChanges, maxChanges+6)
	}
}

// Several As of the same B list each change once. Settings are those of that B, if it is the same.
func TestMergedTimelines(t *testing.T) {
	part := func(url string, changes ...Change) Part {
		r, c := ran(changes...)
		c.Server.Settings = map[string]string{"batch_size": "10"}
		return Part{Summary: Summarize(r, []Setting{{Name: "TARGET_URL", Value: url}, {Name: "TARGET_ADMIN_URL", Value: "http://b:5001"}}, c)}
	}
	restart, away := after(20, Restarted, "b restarted", 1.5), after(19, Away, "no instance answered", 2)
	late, other := restart, after(40, Restarted, "b restarted", 1)
	late.At = late.At.Add(900 * time.Millisecond)
	m := Merge([]Part{part("http://b:5000", restart), part("http://b:5000", late, away, other)})
	if len(m.Timeline.Changes) != 3 || m.Timeline.Restarts() != 2 || m.Server.Settings["batch_size"] != "10" {
		t.Errorf("changes are %v, settings %v; want two restarts and an absence, and the settings of B", m.Timeline.Changes, m.Server.Settings)
	}
	if m := Merge([]Part{part("http://b:5000"), part("http://c:5000")}); m.Server.Settings != nil {
		t.Errorf("settings of two Bs are %v, want none", m.Server.Settings)
	}
}
