package trial

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"batchlab/service-a/load"
	"batchlab/service-a/measure"
)

// runFor makes a trial that long, and does something to B meanwhile, that many seconds after its first request.
func (l *lab) runFor(t *testing.T, duration time.Duration, at float64, do func()) measure.Summary {
	t.Helper()
	var first sync.Once
	l.before = func(int64) bool {
		if do != nil {
			first.Do(func() { time.AfterFunc(time.Duration(at*float64(time.Second)), do) })
		}
		return true
	}
	return l.session.Run(t.Context(), point(8, load.Plan{Duration: duration}))
}

// A slow /metrics changes no figure, wherever it waits.
func TestSlowMetrics(t *testing.T) {
	for name, delay := range map[string]struct{ before, after time.Duration }{
		"before the counters are read": {400 * time.Millisecond, 0},
		"after":                        {0, 400 * time.Millisecond},
		"both":                         {200 * time.Millisecond, 200 * time.Millisecond},
	} {
		inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
			l.b.before, l.b.after = delay.before, delay.after
			s := l.runFor(t, 2600*time.Millisecond, 0, nil)
			if s.B == nil || s.B.Cores == nil || s.B.AIBusyPercent < 97 || s.B.BatchFillPercent < 99.99 || math.Abs(*s.B.Cores-1.5) > 0.05 || len(s.Timeline) > 0 {
				t.Errorf("%s: %+v with %g cores, changes %v; want 100 %% busy, 100 %% full, 1.5 cores", name, s.B, value(s.CPU.BCores), s.Timeline)
			}
		})
	}
}

// Batches of 20 and then of 10 are full, and the run is invalid.
func TestSettingsChangeDuringTheRun(t *testing.T) {
	inBubble(t, func() *fakeB { return newFakeB(20) }, func(t *testing.T, l *lab) {
		s := l.runFor(t, 3500*time.Millisecond, 1.5, func() { l.b.change(func() { l.b.batchSize = 10 }) })
		switch {
		case s.B == nil || math.Abs(s.B.BatchFillPercent-100) > 0.01:
			t.Errorf("B is %+v, want full batches", s.B)
		case s.Verdict.Valid || s.Verdict.Limit != measure.LimitUnknown || !strings.HasPrefix(s.Verdict.Reasons[0], "BATCH_SIZE changed from 20 to 10 at 1.0 s, "):
			t.Errorf("verdict is %+v, want invalid since BATCH_SIZE changed", s.Verdict)
		case len(s.Timeline) != 1 || s.Server.Settings["batch_size"] != "10":
			t.Errorf("changes %v, settings %v; want one, and batches of 10 at the end", s.Timeline, s.Server.Settings)
		}
	})
}

// A B that was away for most of the run is no reason to call the CPU full.
func TestServerAwayDuringTheRun(t *testing.T) {
	inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
		away := func(is bool) func() { return func() { l.b.change(func() { l.b.away = is }) } }
		time.AfterFunc(1500*time.Millisecond, away(true))
		time.AfterFunc(5500*time.Millisecond, away(false))
		cfg, watched := point(8, load.Plan{Duration: 7 * time.Second}), measure.Timeline(nil)
		cfg.Watch = func(s Snapshot) { watched = s.Changes }
		s := l.session.Run(t.Context(), cfg)
		switch all := s.Timeline; {
		case len(all) != 1 || all[0].Kind != measure.Away || all[0].Length != 4*time.Second:
			t.Errorf("changes are %+v, want that B was away for 4 s", all)
		case s.Verdict.Valid || s.Verdict.Limit != measure.LimitUnknown || !strings.HasPrefix(s.Verdict.Reasons[0], "B did not answer from 2.0 s to 6.0 s, "):
			t.Errorf("verdict is %+v, want invalid since B was away", s.Verdict)
		case len(watched) != 1 || watched[0].Kind != measure.Away:
			t.Errorf("snapshots show %+v, want the same", watched)
		}
	})
}

// A restart shows even if all counters of the new process are higher. The next trial knows nothing of it.
func TestServerRestartsDuringTheRun(t *testing.T) {
	inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
		s := l.runFor(t, 3500*time.Millisecond, 1.5, l.b.restart)
		if s.Timeline.Restarts() != 1 || len(s.Timeline) != 1 || s.Verdict.Valid || !strings.Contains(s.Verdict.Reasons[0], " restarted at ") {
			t.Errorf("changes are %v, verdict %+v; want one restart, invalid", s.Timeline, s.Verdict)
		}
		if s = l.runFor(t, 1500*time.Millisecond, 0, nil); len(s.Timeline) != 0 {
			t.Errorf("changes of the next trial are %v, want none", s.Timeline)
		}
	})
}

// Scrapes that time out say nothing while replies come.
func TestBusyServerIsThere(t *testing.T) {
	inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
		s := l.runFor(t, 5*time.Second, 0.5, func() { l.b.change(func() { l.b.before = 1500 * time.Millisecond }) })
		if len(s.Timeline) != 0 || s.Totals.Outcomes[measure.OK] == 0 {
			t.Errorf("changes are %v in a run with %d ok replies, want none", s.Timeline, s.Totals.Outcomes[measure.OK])
		}
	})
}

// Whatever B's ports do and whenever the run is stopped, Run returns soon and leaves nothing running.
func TestRunReturns(t *testing.T) {
	for name, before := range map[string]time.Duration{"quick metrics": 0, "slow metrics": 400 * time.Millisecond, "metrics hang": time.Hour, "away": -1} {
		for stop := time.Duration(0); stop < 2500*time.Millisecond; stop += 190 * time.Millisecond {
			inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
				l.b.before, l.b.away = before, before < 0
				ctx, cancel := context.WithTimeout(t.Context(), stop)
				defer cancel()
				begin := time.Now()
				s := l.session.Run(ctx, point(3, load.Plan{Duration: 2 * time.Second, Warmup: 200 * time.Millisecond}))
				// Readings at both ends may each wait for another one, and take a second.
				if took := time.Since(begin) - stop; took > 4*time.Second {
					t.Errorf("%s, stopped after %v: Run returned %v later", name, stop, took)
				}
				if before == time.Hour && s.B != nil {
					t.Errorf("%s, stopped after %v: B is %+v, want nothing", name, stop, s.B)
				}
			})
		}
	}
}

// What changed between two trials is no change during the second one.
func TestChangesBetweenTrials(t *testing.T) {
	inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
		l.runFor(t, 200*time.Millisecond, 0, nil)
		l.b.change(func() { l.b.batchSize = 5 })
		l.b.restart()
		if s := l.runFor(t, 1500*time.Millisecond, 0, nil); len(s.Timeline) != 0 || s.Server.BatchSize != 5 {
			t.Errorf("changes are %v with batches of %d, want none with 5", s.Timeline, s.Server.BatchSize)
		}
	})
}

// Another A fills the batches, so there is nothing to warn of.
func TestAnotherLoadFillsTheBatches(t *testing.T) {
	inBubble(t, func() *fakeB { return newFakeB(1000) }, func(t *testing.T, l *lab) {
		cfg, warned := point(5, load.Plan{Duration: 2500 * time.Millisecond}), false
		cfg.Watch = func(s Snapshot) {
			warned = warned || s.Server.Warning(5) != "" || l.session.Figures().CannotFill
		}
		if s := l.session.Run(t.Context(), cfg); warned || strings.Contains(strings.Join(s.Verdict.Reasons, " "), "BATCH_SIZE") {
			t.Errorf("warned: %v, reasons %q", warned, s.Verdict.Reasons)
		}
	})
}

// Scrapes that time out say nothing once sending has stopped, either.
func TestBusyServerIsThereAtTheEnd(t *testing.T) {
	inBubble(t, func() *fakeB { return newFakeB(10) }, func(t *testing.T, l *lab) {
		l.b.before = 1500 * time.Millisecond
		start := time.Now()
		l.before = func(int64) bool {
			if time.Since(start) > 1900*time.Millisecond {
				time.Sleep(5 * time.Second)
			}
			return true
		}
		if s := l.session.Run(t.Context(), point(8, load.Plan{Duration: 2 * time.Second})); len(s.Timeline) != 0 || s.Totals.Outcomes[measure.OK] == 0 {
			t.Errorf("changes are %v in a run with %d ok replies, want none", s.Timeline, s.Totals.Outcomes[measure.OK])
		}
	})
}

// Batches that no longer fill are noticed however many filled before, and so are those that fill again.
func TestBatchesNoLongerFill(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, l *lab) {
		start := time.Now()
		l.before = func(int64) bool {
			time.Sleep(10 * time.Millisecond)
			return (time.Since(start)-5*time.Second).Abs() > 1500*time.Millisecond && time.Since(start) < 9*time.Second
		}
		cfg, warned := point(5, load.Plan{Duration: 9500 * time.Millisecond}), ""
		l.batchSize.Store(10)
		cfg.Watch = func(s Snapshot) { warned += map[bool]string{true: "y", false: "n"}[s.Server.Warning(5) != ""] }
		s := l.session.Run(t.Context(), cfg)
		if warned != "nnnnnyynnn" || strings.Contains(strings.Join(s.Verdict.Reasons, " "), "BATCH_SIZE") {
			t.Errorf("warned %s, reasons %q; want a warning at 5 s and 6 s, and none of the whole run", warned, s.Verdict.Reasons)
		}
	})
}

// Between two failures, nothing is known that would end the warning.
func TestBatchesSeldomFail(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, l *lab) {
		l.batchSize.Store(10)
		l.before = func(int64) bool { time.Sleep(2500 * time.Millisecond); return false }
		cfg, warned := point(5, load.Plan{Duration: 9500 * time.Millisecond}), ""
		cfg.Watch = func(s Snapshot) { warned += map[bool]string{true: "y", false: "n"}[s.Server.Warning(5) != ""] }
		if l.session.Run(t.Context(), cfg); !strings.HasPrefix(warned, "nnnyyyyyyy") {
			t.Errorf("warned %s, want a warning from 3 s on", warned)
		}
	})
}
