package target

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// start is when A first read B, by A's clock.
var start = time.Unix(1_700_000_000, 0)

func second(n float64) time.Time { return start.Add(time.Duration(n * float64(time.Second))) }

func addrOf(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), 5001)
}

// b is a process of B that has run since the second born (of A's clock), with one worker at work all the time in
// full batches of 10, ten each second.
func b(addr int, born float64, at float64, change ...func(p *process)) process {
	up := at - born
	p := process{
		addr: addrOf(addr), at: second(at), first: second(born), last: second(born), uptime: up, workers: 2,
		counters: measure.ServerCounters{CPUSeconds: up, AISeconds: up, Batches: 10 * up, Batched: 100 * up, Slots: 100 * up},
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

// rounds feeds one round after the other, and returns what was used and what changed.
func rounds(all ...[]process) (measure.ServerCounters, []measure.Change) {
	var p processes
	var changes []measure.Change
	for _, now := range all {
		r := round{asked: now[0].at, at: now[0].at, refused: map[netip.AddrPort]bool{}}
		for _, n := range now {
			if n.addr.IsValid() {
				r.listed = append(r.listed, n.addr)
			}
			if n.uptime > 0 {
				r.answers = append(r.answers, answer{addr: n.addr})
			}
		}
		changes = append(changes, p.take(r, slices.DeleteFunc(now, func(n process) bool { return n.uptime == 0 }))...)
	}
	return p.used, changes
}

// unanswered is an address that is known, but does not answer; nobody is none.
func unanswered(addr int, at float64) process { return process{addr: addrOf(addr), at: second(at)} }

func nobody(at float64) []process { return []process{{at: second(at)}} }

func TestWhatProcessesUsed(t *testing.T) {
	busy := func(seconds float64) func(*process) {
		return func(p *process) { p.counters.CPUSeconds = seconds }
	}
	tests := []struct {
		name    string
		rounds  [][]process
		cpu     float64 // seconds
		covered float64 // seconds of B
		changes []string
	}{
		{"one goes on", [][]process{{b(1, -100, 0)}, {b(1, -100, 1)}, {b(1, -100, 3)}}, 3, 3, nil},
		{"what it used before counts for nothing", [][]process{{b(1, -100, 0)}}, 0, 0, nil},
		{"a late answer", [][]process{{b(1, -100, 0)}, {b(1, -100, 2, func(p *process) { p.at, p.last = second(2.4), second(-99.6) })}}, 2, 2, nil},
		{"it restarted", [][]process{{b(1, -100, 0)}, {b(1, 0.5, 1)}}, 0.5, 0.5, []string{"restarted B at 10.0.0.1:5001 restarted at 0 for 0.5"}},
		{"it restarted and has used more than before", [][]process{{b(1, -1, 0)}, {b(1, 0.5, 9)}}, 8.5, 8.5, []string{"restarted B at 10.0.0.1:5001 restarted at 0 for 0.5"}},
		{"an older one takes its address", [][]process{{b(1, -100, 0)}, {b(1, -500, 1)}}, 0, 0, []string{"restarted B at 10.0.0.1:5001 restarted at 0 for 0"}},
		{"a counter of the same process dips", [][]process{{b(1, -100, 0)}, {b(1, -100, 1, func(p *process) { p.counters.AISeconds = 99.9 })}, {b(1, -100, 2)}}, 2, 2, nil},

		{"one round without it", [][]process{{b(1, -100, 0), b(2, -100, 0)}, {b(1, -100, 1)}, {b(1, -100, 2), b(2, -100, 2)}}, 4, 4, nil},
		{"another one of the same age answers instead", [][]process{{b(1, -100, 0), unanswered(2, 0)}, {unanswered(1, 1), b(2, -100, 1)}, {b(1, -100, 2), b(2, -100, 2)}}, 3, 3, nil},
		{"it moves to another address", [][]process{{b(1, -100, 0)}, {b(2, -100, 1)}, {b(2, -100, 2)}}, 2, 2, nil},
		{"it moves to the address of another one", [][]process{{b(1, -100, 0), b(2, -50, 0)}, {b(2, -100, 1)}, {b(2, -100, 2)}}, 1, 1,
			[]string{"restarted B at 10.0.0.2:5001 restarted at 0 for 0", "left B at 10.0.0.1:5001 left at 0 for 0"}},
		{"another one, from almost the same moment", [][]process{{b(1, -100, 0)}, {b(2, -100.125, 1)}, {b(2, -100.125, 2)}}, 1, 1,
			[]string{"joined B at 10.0.0.2:5001 joined at 1 for 0", "left B at 10.0.0.1:5001 left at 0 for 0"}},
		{"another one, from just after it", [][]process{{b(1, -100, 0)}, {b(2, -99.875, 1)}, {b(2, -99.875, 2)}}, 1, 1,
			[]string{"joined B at 10.0.0.2:5001 joined at 1 for 0", "left B at 10.0.0.1:5001 left at 0 for 0"}},
		{"it moves, and seems to have started a little earlier", [][]process{{b(1, -100, 0)}, {b(2, -100.0625, 1)}}, 1.0625, 1.0625, nil},
		{"it moves, and seems to have started a little later", [][]process{{b(1, -100, 0)}, {b(2, -99.9375, 1)}}, 0.9375, 0.9375, nil},
		{"one moves, and a new one takes its address", [][]process{{b(1, -100, 0)}, {b(1, 0.5, 1), b(2, -100, 1)}}, 0.5, 0.5,
			[]string{"restarted B at 10.0.0.1:5001 restarted at 0 for 0.5", "joined B at 10.0.0.2:5001 joined at 1 for 0"}},
		{"two started in the same moment", [][]process{{b(1, -100, 0), b(2, -100, 0)}, {b(1, -100, 1), b(2, -100, 1)}}, 2, 2, nil},
		{"recreated under another address", [][]process{{b(1, -100, 0)}, nobody(1), nobody(2), {b(2, 2.5, 3)}, {b(2, 2.5, 4)}, {b(2, 2.5, 5)}}, 2.5, 2.5,
			[]string{"joined B at 10.0.0.2:5001 joined at 3 for 0", "left B at 10.0.0.1:5001 left at 0 for 0"}},
		{"one more", [][]process{{b(1, -100, 0)}, {b(1, -100, 1), b(2, 0.5, 1)}, {b(1, -100, 2), b(2, 0.5, 2)}}, 3.5, 3.5, []string{"joined B at 10.0.0.2:5001 joined at 1 for 0"}},
		{"one more whose address was known before it started", [][]process{{b(1, -100, 0), unanswered(2, 0)}, {b(1, -100, 1), b(2, 0.5, 1)}}, 1.5, 1.5, []string{"joined B at 10.0.0.2:5001 joined at 1 for 0"}},
		{"one more that was started earlier", [][]process{{b(1, -100, 0)}, {b(1, -100, 1), b(2, -500, 1, busy(900))}, {b(1, -100, 2), b(2, -500, 2, busy(901))}}, 3, 3,
			[]string{"joined B at 10.0.0.2:5001 joined at 1 for 0"}},
		{"one less", [][]process{{b(1, -100, 0), b(2, -100, 0)}, {b(1, -100, 1), b(2, -100, 1)}, {b(1, -100, 2)}, {b(1, -100, 3)}, {b(1, -100, 4)}}, 5, 5,
			[]string{"left B at 10.0.0.2:5001 left at 1 for 0"}},
		{"one less, and it comes back", [][]process{{b(1, -100, 0), b(2, -100, 0)}, {b(1, -100, 1)}, {b(1, -100, 2)}, {b(1, -100, 3), b(2, -100, 3)}}, 6, 6,
			[]string{"left B at 10.0.0.2:5001 left at 0 for 0", "joined B at 10.0.0.2:5001 is back at 3 for 0"}},
		{"all are away", [][]process{{b(1, -100, 0), b(2, -100, 0)}, nobody(1), nobody(2), nobody(3), {b(1, -100, 4), b(2, -100, 4)}}, 8, 8, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			used, changes := rounds(tt.rounds...)
			if near(used.CPUSeconds) != tt.cpu || near(used.Seconds) != tt.covered {
				t.Errorf("used %g s of CPU in %g s, want %g in %g", used.CPUSeconds, used.Seconds, tt.cpu, tt.covered)
			}
			if near(used.Slots) != near(used.Batched) || used.Slots < 0 {
				t.Errorf("%g requests in %g slots, want full batches", used.Batched, used.Slots)
			}
			var texts []string
			for _, c := range changes {
				texts = append(texts, fmt.Sprintf("%s %s at %g for %g", c.Kind, c.What, c.At.Sub(start).Seconds(), c.Length.Seconds()))
			}
			if !reflect.DeepEqual(texts, tt.changes) {
				t.Errorf("changes are %q, want %q", texts, tt.changes)
			}
		})
	}
}

// Processes that started in the same moment are told apart by their addresses.
func TestStartedInTheSameMoment(t *testing.T) {
	var all [][]process
	for at := range 4 {
		var now []process
		for n := range 8 {
			now = append(now, b(n, -100, float64(at), func(p *process) { p.settings = map[string]string{"batch_size": fmt.Sprint(n)} }))
		}
		all = append(all, now)
	}
	if _, changes := rounds(all...); len(changes) > 0 {
		t.Errorf("changes are %v, want none", changes)
	}
}

// One of two that restarts is half of B.
func TestShareOfARestart(t *testing.T) {
	_, changes := rounds([]process{b(1, -100, 0), b(2, -100, 0)}, []process{b(1, -100, 1), b(2, 0.5, 1)})
	if len(changes) != 1 || changes[0].Share != 0.5 {
		t.Errorf("changes are %+v, want a restart of a half", changes)
	}
}

// An instance whose first answer is late does not join: its address was known before.
func TestLateFirstAnswer(t *testing.T) {
	var p processes
	one, both := []netip.AddrPort{addrOf(1)}, []netip.AddrPort{addrOf(1), addrOf(2)}
	for i, listed := range [][]netip.AddrPort{one, both, both} {
		at := float64(i)
		now := []process{b(1, -100, at)}
		if i == 2 {
			now = append(now, b(2, -100, at))
		}
		if changes := p.take(round{asked: second(at), at: second(at), listed: listed, answers: make([]answer, len(now))}, now); len(changes) > 0 {
			t.Errorf("second %d: changes are %+v, want none", i, changes)
		}
	}
}

// near removes errors of floating point.
func near(v float64) float64 { return math.Round(v*1e7) / 1e7 }

// The workers' time follows their number, and B's clock.
func TestWorkerSeconds(t *testing.T) {
	four := func(p *process) { p.workers = 4 }
	used, _ := rounds([]process{b(1, -100, 0)}, []process{b(1, -100, 1)}, []process{b(1, -100, 2, four)}, []process{b(1, -100, 4, four, func(p *process) { p.at, p.last = second(4.4), second(-99.6) })})
	if near(used.WorkerSeconds) != 2+3+8 || near(used.SecondsAtA) != 4.4 {
		t.Errorf("workers had %g s in %g s, want 13 s in 4.4 s", used.WorkerSeconds, used.SecondsAtA)
	}
	for name, tt := range map[string]struct {
		then            []process
		workers, covers float64
	}{
		"restarted":    {[]process{b(1, 6, 9)}, 2 * 3, 3},
		"a second one": {[]process{b(1, -100, 9), b(2, 6, 9)}, 2*9 + 2*3, 9 + 3},
	} {
		if used, _ := rounds([]process{b(1, -100, 0)}, tt.then); near(used.WorkerSeconds) != tt.workers || near(used.SecondsAtA) != tt.covers {
			t.Errorf("%s: workers had %g s in %g s, want %g s in %g s", name, used.WorkerSeconds, used.SecondsAtA, tt.workers, tt.covers)
		}
	}
}

// A slow answer is no absence: only an address that is no longer known, or refuses, is one.
func TestMissing(t *testing.T) {
	known := b(1, -100, 0)
	for _, tt := range []struct {
		name           string
		listed, refuse bool
		others         int
		gone           bool
	}{
		{"slow", true, false, 1, false},
		{"refuses", true, true, 1, true},
		{"unknown", false, false, 1, true},
		{"all are away", true, true, 0, false},
	} {
		r := round{answers: make([]answer, tt.others), refused: map[netip.AddrPort]bool{known.addr: tt.refuse}}
		if tt.listed {
			r.listed = []netip.AddrPort{known.addr}
		}
		p, changes := known, []measure.Change(nil)
		for range 5 {
			var more []measure.Change
			p, more = p.missing(r)
			changes = append(changes, more...)
		}
		if p.gone != tt.gone || len(changes) != len(map[bool][]int{true: {1}}[tt.gone]) {
			t.Errorf("%s: gone is %v, want %v; changes are %v", tt.name, p.gone, tt.gone, changes)
		}
	}
	slow := round{listed: []netip.AddrPort{known.addr}, answers: make([]answer, 1), refused: map[netip.AddrPort]bool{}}
	refused := slow
	refused.refused = map[netip.AddrPort]bool{known.addr: true}
	p := known
	for _, r := range []round{refused, slow, refused, slow} {
		if p, _ = p.missing(r); p.gone {
			t.Error("gone, but it never refused twice in a row")
		}
	}
}

func TestChangedSettings(t *testing.T) {
	set := func(changed float64, settings map[string]string) func(*process) {
		return func(p *process) { p.settings, p.changed = settings, 1e9+changed }
	}
	before := map[string]string{"batch_size": "20", "ai_workers": "2", "gone": "x"}
	after := map[string]string{"batch_size": "10", "ai_workers": "2", "new": "y"}
	for _, tt := range []struct {
		name string
		born float64 // of the second process
		next map[string]string
		want []string
	}{
		{"back and forth", -100, before, []string{"settings changed and changed back at 0"}},
		{"back and forth and by a restart", 0.5, before, []string{"B at 10.0.0.1:5001 restarted at 0"}},
		{"by PATCH", -100, after, []string{"BATCH_SIZE changed from 20 to 10 at 0"}},
		{"by a restart", 0.5, after, []string{"B at 10.0.0.1:5001 restarted at 0", "BATCH_SIZE changed from 20 to 10 at 0"}},
	} {
		_, changes := rounds([]process{b(1, -100, 0, set(-50, before))}, []process{b(1, tt.born, 1, set(0.5, tt.next))}, []process{b(1, tt.born, 2, set(0.5, maps.Clone(tt.next)))})
		var got []string
		for _, c := range changes {
			got = append(got, fmt.Sprintf("%s at %g", c.What, near(c.At.Sub(start).Seconds())))
			if (c.Kind == measure.Changed) != strings.Contains(c.What, "changed") {
				t.Errorf("%s is of kind %q", c.What, c.Kind)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
