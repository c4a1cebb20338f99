package target

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"batchlab/service-a/measure"
)

// processes are those of B that answered so far, by their last address. It adds up what they used, and
// notices when they change. Not safe for concurrent use.
type processes struct {
	began  time.Time                  // of the first round; zero before it
	last   map[netip.AddrPort]process // as last read
	listed []netip.AddrPort           // addresses known at the last round
	used   measure.ServerCounters     // of all, since each was first read
}

// take takes in one more round with its processes, and returns what changed since the last one.
func (p *processes) take(r round, now []process) (changes []measure.Change) {
	if p.began.IsZero() {
		p.began, p.listed = r.asked, r.listed
	}
	share := 1 / float64(len(now))
	next := map[netip.AddrPort]process{}
	for _, n := range p.match(now) {
		changes = append(changes, p.count(n.process, n.before, share)...)
		next[n.addr] = n.process
	}
	for _, addr := range slices.SortedFunc(maps.Keys(p.last), netip.AddrPort.Compare) { // those without an answer
		before := p.last[addr]
		if _, taken := next[addr]; !taken {
			lost, change := before.missing(r)
			next[addr] = lost
			changes = append(changes, change...)
		} else if !before.gone { // another one has moved to its address
			changes = append(changes, before.went())
		}
	}
	p.last, p.listed = next, r.listed
	return changes
}

// matched is a process with its last reading, or that of the process that it replaced, or nil.
type matched struct {
	process
	before *process
}

// match takes from p.last what it finds: first processes that stayed, then those whose address changed.
// What is left at the address of a new process was replaced by it.
func (p *processes) match(now []process) (all []matched) {
	take := func(n process, is func(process) bool) bool {
		for addr, before := range p.last {
			if is(before) {
				delete(p.last, addr)
				all = append(all, matched{n, &before})
				return true
			}
		}
		return false
	}
	now = slices.DeleteFunc(now, func(n process) bool {
		return take(n, func(b process) bool { return b.addr == n.addr && n.continues(b) })
	})
	now = slices.DeleteFunc(now, func(n process) bool {
		return take(n, func(b process) bool { return b.started != 0 && b.started == n.started && n.continues(b) })
	})
	for _, n := range now {
		if !take(n, func(b process) bool { return b.addr == n.addr }) {
			all = append(all, matched{n, nil})
		}
	}
	return all
}

// count adds what a process used since the last round, and says how it changed.
func (p *processes) count(now process, before *process, share float64) (changes []measure.Change) {
	switch {
	case before == nil:
		isNew := now.startedAfter(p.began)
		if isNew {
			p.used = p.used.Plus(1, now.sinceStart())
		}
		if isNew || !slices.Contains(p.listed, now.addr) {
			changes = append(changes, measure.Change{Kind: measure.Came, At: now.at, What: fmt.Sprintf("%s came", now.addr)})
		}
		return changes
	case now.continues(*before):
		p.used = p.used.Plus(1, now.since(*before))
		if before.gone {
			changes = append(changes, measure.Change{Kind: measure.Came, At: now.at, What: fmt.Sprintf("%s came back", now.addr)})
		}
	default:
		p.used = p.used.Plus(1, now.sinceRestart(*before))
		changes = append(changes, measure.Change{
			Kind: measure.Restarted, At: before.at, Length: now.startOn(before.at), Share: share, What: fmt.Sprintf("%s restarted", now.addr),
		})
	}
	return append(changes, now.newSettings(*before)...)
}

// newSettings lists the settings that both readings show with different values.
func (now process) newSettings(before process) (changes []measure.Change) {
	for _, name := range slices.Sorted(maps.Keys(now.settings)) {
		if old, known := before.settings[name]; known && old != now.settings[name] {
			changes = append(changes, measure.Change{
				Kind: measure.Changed, At: now.changedOn(before.at),
				What: fmt.Sprintf("%s changed from %s to %s", strings.ToUpper(name), old, now.settings[name]),
			})
		}
	}
	return changes
}

// missing takes in a round without an answer of this process. It has gone if its address is no longer known or
// refuses connections, in two rounds, while others answer. A slow answer on a busy host means nothing.
func (before process) missing(r round) (process, []measure.Change) {
	if slices.Contains(r.listed, before.addr) && !r.refused[before.addr] {
		before.lost = 0
		return before, nil
	}
	before.lost++
	if before.lost < 2 || before.gone || len(r.answers) == 0 {
		return before, nil
	}
	before.gone = true
	return before, []measure.Change{before.went()}
}

func (before process) went() measure.Change {
	return measure.Change{Kind: measure.Went, At: before.at, What: fmt.Sprintf("%s went", before.addr)}
}
