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
	timer := time.AfterFunc(time.Hour, do)
	defer timer.Stop()
	var first sync.Once
	l.before = func(int64) bool {
		if do != nil {
			first.Do(func() { timer.Reset(time.Duration(at * float64(time.Second))) })
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
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, &fakeB{batchSize: 10, before: delay.before, after: delay.after}, func(t *testing.T, l *lab) {
				s := l.runFor(t, 2600*time.Millisecond, 0, nil)
				if s.B == nil || s.B.Cores == nil || s.B.AIBusyPercent < 99 || s.B.BatchFillPercent < 99.99 || math.Abs(*s.B.Cores-1.5) > 0.01 || len(s.Timeline.Changes) > 0 {
					t.Errorf("%+v with %g cores, changes %v; want 100 %% busy, 100 %% full, 1.5 cores", s.B, value(s.CPU.BCores), s.Timeline.Changes)
				}
			})
		})
	}
}

// Batches of 20 and then of 10 are full, and the run is invalid.
func TestSettingsChangeDuringTheRun(t *testing.T) {
	for name, old := range map[string]bool{"with a counter of slots": false, "without one": true} {
		t.Run(name, func(t *testing.T) {
			b := &fakeB{batchSize: 20, old: old}
			inVirtualTime(t, b, func(t *testing.T, l *lab) {
				s := l.runFor(t, 3500*time.Millisecond, 1.5, func() { b.change(func() { b.batchSize = 10 }) })
				if least := map[bool]float64{true: 70, false: 99.99}[old]; s.B == nil || s.B.BatchFillPercent > 100 || s.B.BatchFillPercent < least {
					t.Errorf("B is %+v, want full batches", s.B)
				}
				if s.Verdict.Valid || s.Verdict.Limit != measure.LimitUnknown || !strings.HasPrefix(s.Verdict.Reasons[0], "BATCH_SIZE changed from 20 to 10 at 2.0 s: ") {
					t.Errorf("verdict is %+v, want invalid since BATCH_SIZE changed, as seen after 2 s", s.Verdict)
				}
				if len(s.Timeline.Changes) != 1 || s.Server.Settings["batch_size"] != "10" {
					t.Errorf("changes %v, settings %v; want one, and batches of 10 at the end", s.Timeline.Changes, s.Server.Settings)
				}
			})
		})
	}
}

// A B that was away for most of the run is no reason to call the CPU full.
func TestServerAwayDuringTheRun(t *testing.T) {
	b := &fakeB{batchSize: 10}
	inVirtualTime(t, b, func(t *testing.T, l *lab) {
		var watched []measure.Change
		cfg := point(8, load.Plan{Duration: 7 * time.Second})
		cfg.Watch = func(s Snapshot) { watched = s.Changes }
		time.AfterFunc(1500*time.Millisecond, func() { b.change(func() { b.away = true }) })
		time.AfterFunc(5500*time.Millisecond, func() { b.change(func() { b.away = false }) })
		s := l.session.Run(t.Context(), cfg)
		// The first reading without new replies would be the one at 3 s, and B is back at 6 s.
		if all := s.Timeline.Changes; len(all) != 1 || all[0].Kind != measure.Away || all[0].Length.Round(time.Second/10) != 4*time.Second {
			t.Errorf("changes are %+v, want that B was away for 4 s", all)
		}
		if s.Verdict.Valid || s.Verdict.Limit != measure.LimitUnknown || !strings.HasPrefix(s.Verdict.Reasons[0], "no instance answered from 2.0 s to 6.0 s: ") {
			t.Errorf("verdict is %+v, want invalid since B was away", s.Verdict)
		}
		if len(watched) != 1 || watched[0].Kind != measure.Away {
			t.Errorf("snapshots show %+v, want the same", watched)
		}
	})
}

// A restart shows even if all counters of the new process are higher. The next trial knows nothing of it.
func TestServerRestartsDuringTheRun(t *testing.T) {
	b := &fakeB{batchSize: 10}
	inVirtualTime(t, b, func(t *testing.T, l *lab) {
		s := l.runFor(t, 3500*time.Millisecond, 1.5, b.restart)
		if s.Timeline.Restarts() != 1 || len(s.Timeline.Changes) != 1 || s.Verdict.Valid || !strings.Contains(s.Verdict.Reasons[0], " restarted at ") {
			t.Errorf("changes are %v, verdict %+v; want one restart, invalid", s.Timeline.Changes, s.Verdict)
		}
		if s = l.runFor(t, 1500*time.Millisecond, 0, nil); len(s.Timeline.Changes) != 0 {
			t.Errorf("changes of the next trial are %v, want none", s.Timeline.Changes)
		}
	})
}

// Scrapes that time out say nothing while replies come.
func TestBusyServerIsThere(t *testing.T) {
	b := &fakeB{batchSize: 10}
	inVirtualTime(t, b, func(t *testing.T, l *lab) {
		s := l.runFor(t, 5*time.Second, 0.5, func() { b.change(func() { b.before = 1500 * time.Millisecond }) })
		if len(s.Timeline.Changes) != 0 || s.Totals.Outcomes[measure.OK] == 0 {
			t.Errorf("changes are %v in a run with %d ok replies, want none", s.Timeline.Changes, s.Totals.Outcomes[measure.OK])
		}
	})
}

// Whatever B's admin port does and whenever the run is stopped, Run returns soon and leaves nothing running.
func TestRunReturns(t *testing.T) {
	for name, before := range map[string]time.Duration{"quick metrics": 0, "slow metrics": 400 * time.Millisecond, "metrics hang": time.Hour, "away": -1} {
		for stop := time.Duration(0); stop < 2500*time.Millisecond; stop += 190 * time.Millisecond {
			b := &fakeB{batchSize: 10, before: before, away: before < 0}
			inVirtualTime(t, b, func(t *testing.T, l *lab) {
				ctx, cancel := context.WithTimeout(t.Context(), stop)
				defer cancel()
				begin := time.Now()
				s := l.session.Run(ctx, point(3, load.Plan{Duration: 2 * time.Second, Warmup: 200 * time.Millisecond}))
				// Readings at both ends may each wait for another one, and take a second.
				if took := time.Since(begin) - stop; took > 4*time.Second {
					t.Errorf("%s, stopped after %v: Run returned %v later", name, stop, took)
				}
				if b.before == time.Hour && s.B != nil {
					t.Errorf("%s, stopped after %v: B is %+v, want nothing", name, stop, s.B)
				}
			})
		}
	}
}

// What changed between two trials is no change during the second one.
func TestChangesBetweenTrials(t *testing.T) {
	b := &fakeB{batchSize: 10}
	inVirtualTime(t, b, func(t *testing.T, l *lab) {
		l.runFor(t, 200*time.Millisecond, 0, nil)
		b.change(func() { b.batchSize = 5 })
		b.restart()
		if s := l.runFor(t, 1500*time.Millisecond, 0, nil); len(s.Timeline.Changes) != 0 || s.Server.BatchSize != 5 {
			t.Errorf("changes are %v with batches of %d, want none with 5", s.Timeline.Changes, s.Server.BatchSize)
		}
	})
}

// Another A fills the batches, so there is nothing to warn of.
func TestAnotherLoadFillsTheBatches(t *testing.T) {
	inVirtualTime(t, &fakeB{batchSize: 1000}, func(t *testing.T, l *lab) {
		cfg, warned := point(5, load.Plan{Duration: 2500 * time.Millisecond}), false
		cfg.Watch = func(s Snapshot) {
			warned = warned || s.Server.Warning(5) != "" || l.session.Figures().CannotFill
		}
		if s := l.session.Run(t.Context(), cfg); warned || strings.Contains(strings.Join(s.Verdict.Reasons, " "), "BATCH_SIZE") {
			t.Errorf("warned: %v, reasons %q", warned, s.Verdict.Reasons)
		}
	})
}
