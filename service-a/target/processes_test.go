package target

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
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
		addr: addrOf(addr), asked: second(at), at: second(at), started: 1e9 + born, uptime: up, slots: true, batchSize: 10, workers: 2,
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
		r := round{asked: now[0].asked, at: now[0].at, refused: map[netip.AddrPort]bool{}}
		for _, n := range now {
			if n.addr.IsValid() { // otherwise only the time counts
				r.answers = append(r.answers, answer{addr: n.addr})
				r.listed = append(r.listed, n.addr)
			}
		}
		changes = append(changes, p.take(r, slices.DeleteFunc(now, func(n process) bool { return !n.addr.IsValid() }))...)
	}
	return p.used, changes
}

func nobody(at float64) []process { return []process{{asked: second(at), at: second(at)}} }

func old(p *process)      { p.started, p.uptime, p.slots = 0, 0, false } // neither start nor uptime
func noUptime(p *process) { p.uptime = 0 }                               // as Bs before the uptime

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
		{"a late answer", [][]process{{b(1, -100, 0)}, {b(1, -100, 2, func(p *process) { p.at = second(2.4) })}}, 2, 2, nil},
		{"it restarted", [][]process{{b(1, -100, 0)}, {b(1, 0.5, 1)}}, 0.5, 1, []string{"restarted B at 10.0.0.1:5001 restarted at 0 for 0.5"}},
		{"it restarted and has used more than before", [][]process{{b(1, -1, 0)}, {b(1, 0.5, 9)}}, 8.5, 9, []string{"restarted B at 10.0.0.1:5001 restarted at 0 for 0.5"}},
		{"the same without uptime", [][]process{{b(1, -1, 0, noUptime)}, {b(1, 0.5, 9, noUptime)}}, 8.5, 9, []string{"restarted B at 10.0.0.1:5001 restarted at 0 for 9"}},
		{"only a counter shows it", [][]process{{b(1, -100, 0, old)}, {b(1, 0.5, 1, old)}}, 0.5, 1, []string{"restarted B at 10.0.0.1:5001 restarted at 0 for 1"}},
		{"only the uptime shows it", [][]process{{b(1, -10, 0)}, {b(1, 0.5, 1, func(p *process) { p.started, p.counters.CPUSeconds = 1e9-10, 12 })}}, 12, 1,
			[]string{"restarted B at 10.0.0.1:5001 restarted at 0 for 0.5"}},
		{"B's wall clock is stepped", [][]process{{b(1, -100, 0)}, {b(1, -100, 1, func(p *process) { p.started += 60 })}, {b(1, -100, 2)}}, 2, 2, nil},
		{"a counter of the same process dips", [][]process{{b(1, -100, 0)}, {b(1, -100, 1, func(p *process) { p.counters.AISeconds = 99.9 })}, {b(1, -100, 2)}}, 2, 2, nil},

		{"one round without it", [][]process{{b(1, -100, 0), b(2, -100, 0)}, {b(1, -100, 1)}, {b(1, -100, 2), b(2, -100, 2)}}, 4, 4, nil},
		{"it moves to another address", [][]process{{b(1, -100, 0)}, {b(2, -100, 1)}, {b(2, -100, 2)}}, 2, 2, nil},
		{"two exchange their addresses", [][]process{{b(1, -100, 0), b(2, -50, 0)}, {b(1, -50, 1), b(2, -100, 1)}, {b(1, -50, 2), b(2, -100, 2)}}, 4, 4, nil},
		{"one moves, and a new one takes its address", [][]process{{b(1, -100, 0)}, {b(1, 0.5, 1), b(2, -100, 1)}}, 1.5, 1.5, []string{"joined B at 10.0.0.1:5001 joined at 1 for 0"}},
		{"two started in the same moment", [][]process{{b(1, -100, 0), b(2, -100, 0)}, {b(1, -100, 1), b(2, -100, 1)}}, 2, 2, nil},
		{"recreated under another address", [][]process{{b(1, -100, 0)}, nobody(1), nobody(2), {b(2, 2.5, 3)}, {b(2, 2.5, 4)}, {b(2, 2.5, 5)}}, 2.5, 2.5,
			[]string{"joined B at 10.0.0.2:5001 joined at 3 for 0", "left B at 10.0.0.1:5001 left at 0 for 0"}},
		{"one more", [][]process{{b(1, -100, 0)}, {b(1, -100, 1), b(2, 0.5, 1)}, {b(1, -100, 2), b(2, 0.5, 2)}}, 3.5, 3.5, []string{"joined B at 10.0.0.2:5001 joined at 1 for 0"}},
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

// near removes errors of floating point.
func near(v float64) float64 { return float64(int64(v*1e6+0.5)) / 1e6 }

// The workers' time follows their number, and B's clock.
func TestWorkerSeconds(t *testing.T) {
	four := func(p *process) { p.workers = 4 }
	used, _ := rounds([]process{b(1, -100, 0)}, []process{b(1, -100, 1)}, []process{b(1, -100, 2, four)}, []process{b(1, -100, 4, four, func(p *process) { p.at = second(4.4) })})
	if near(used.WorkerSeconds) != 2+3+8 || near(used.SecondsAtA) != 4.4 {
		t.Errorf("workers had %g s in %g s, want 13 s in 4.4 s", used.WorkerSeconds, used.SecondsAtA)
	}
}

// A B that does not count slots: the BATCH_SIZE at the time of the reading counts.
func TestSlotsOfAnOlderB(t *testing.T) {
	sized := func(n float64) func(*process) {
		return func(p *process) { p.slots, p.batchSize, p.counters.Slots = false, n, 0 }
	}
	used, _ := rounds([]process{b(1, -100, 0, sized(10))}, []process{b(1, -100, 1, sized(10))}, []process{b(1, -100, 2, sized(20))}, []process{b(1, -100, 3, sized(20))})
	if near(used.Slots) != 10*10+10*20+10*20 {
		t.Errorf("%g slots, want 500", used.Slots)
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
	set := func(at float64, settings map[string]string) func(*process) {
		return func(p *process) { p.settings, p.changed = settings, unix(second(at)) }
	}
	before := map[string]string{"batch_size": "20", "ai_workers": "2", "gone": "x"}
	after := map[string]string{"batch_size": "10", "ai_workers": "2", "new": "y"}
	for _, tt := range []struct {
		name    string
		changed float64 // by B's clock
		born    float64 // of the second process
		want    []string
	}{
		{"by PATCH", 0.3, -100, []string{"BATCH_SIZE changed from 20 to 10 at 0.3"}},
		{"B's clock is slow", -50, -100, []string{"BATCH_SIZE changed from 20 to 10 at 0"}},
		{"B's clock is fast", 50, -100, []string{"BATCH_SIZE changed from 20 to 10 at 1"}},
		{"back and forth", 0.7, -100, []string{"settings changed and changed back at 0.7"}},
		{"by a restart", 0.5, 0.5, []string{"B at 10.0.0.1:5001 restarted at 0", "BATCH_SIZE changed from 20 to 10 at 0.5"}},
	} {
		after := after
		if tt.name == "back and forth" {
			after = before
		}
		_, changes := rounds([]process{b(1, -100, 0, set(-100, before))}, []process{b(1, tt.born, 1, set(tt.changed, after))}, []process{b(1, tt.born, 2, set(tt.changed, maps.Clone(after)))})
		var got []string
		for _, c := range changes {
			got = append(got, fmt.Sprintf("%s at %g", c.What, near(c.At.Sub(start).Seconds())))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
