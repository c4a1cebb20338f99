package promqltest

import (
	"slices"
	"testing"
)

// saying is what an alert says in a lab at a second.
type saying struct {
	lab    string
	second int64
	alert
}

var sayings = []saying{
	{"restart", 21, alert{"TargetDown", "service-b b1 does not answer scrapes", "Its data is missing from the dashboard, not zero."}},
	{"stopped", 15, alert{"TargetDown", "service-b does not answer scrapes", "Its data is missing from the dashboard, not zero."}},
	{"gone", 75, alert{"ReplicaGone", "service-b has fewer replicas than a minute ago (1 gone)",
		"`docker compose ps -a` shows whether one crashed. If you removed it, ignore this: it ends within a minute."}},
	{"overload", 30, alert{"QueueAtLimit", "the queue of b1 is full (121.0 requests rejected per second)",
		"Lower CONCURRENCY or RATE, or give B more workers or larger batches."}},
	{"starved", 30, alert{"NothingSucceeds", "no request succeeds",
		"Check that CONCURRENCY is at least BATCH_SIZE and that B is up. See service-a's log."}},
}

func TestAlertsSayWhatToDo(t *testing.T) {
	for _, s := range sayings {
		if firing := newLab(t, s.lab).firing[s.second]; !slices.Contains(firing, s.alert) {
			t.Errorf("%s at %d s: %q, want %q", s.lab, s.second, firing, s.alert)
		}
	}
	for _, group := range ruleGroups(t) {
		for _, rule := range group.Rules {
			says := func(s saying) bool { return s.name == rule.Alert }
			if rule.Alert != "" && !slices.ContainsFunc(sayings, says) {
				t.Errorf("%s: add what it says to prometheus/promqltest/alerts_test.go", rule.Alert)
			}
		}
	}
}
