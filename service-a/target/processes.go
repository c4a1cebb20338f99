package target

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"batchlab/service-a/measure"
)

// processes are the processes of B that have answered so far. They add up what B used, and tell how it changed. Not
// safe for concurrent use.
type processes struct {
	began  time.Time                  // of the first round; zero before it
	last   map[netip.AddrPort]process // as last read, by address
	listed []netip.AddrPort           // addresses known at the last round
	used   measure.ServerCounters     // of all, since each was first read
}

// take adds one more round with its processes, and returns what changed since the last one.
func (p *processes) take(r round, now []process) (changes []measure.Change) {
	if p.began.IsZero() {
		p.began, p.listed = r.asked, r.listed
	}
	next := map[netip.AddrPort]process{}
	for _, n := range now {
		before, known := p.find(n, r.listed)
		delete(p.last, before.addr)
		changes = append(changes, p.count(n, before, known, 1/float64(len(now)))...)
		next[n.addr] = n
	}
	for _, addr := range slices.SortedFunc(maps.Keys(p.last), netip.AddrPort.Compare) { // those without an answer
		lost, change := p.last[addr].missing(r)
		next[addr] = lost
		changes = append(changes, change...)
	}
	p.last, p.listed = next, r.listed
	return changes
}

// unread counts the processes that have not gone, but did not answer in the last round.
func (p *processes) unread(r round) (n int) {
	for _, last := range p.last {
		if !last.gone && last.at.Before(r.at) {
			n++
		}
	}
	return n
}

// find returns the last reading at the address of a process, or at the address that it moved from.
func (p *processes) find(now process, listed []netip.AddrPort) (before process, known bool) {
	if before, known = p.last[now.addr]; known {
		return before, true
	}
	for _, before := range p.last {
		if !slices.Contains(listed, before.addr) && now.continues(before) {
			return before, true
		}
	}
	return process{}, false
}

// count adds what a process used since the last round, and says how it changed.
func (p *processes) count(now, before process, known bool, share float64) (changes []measure.Change) {
	if known && now.continues(before) {
		p.used = p.used.Plus(1, now.since(before))
		if before.gone {
			changes = append(changes, measure.Change{Kind: measure.Joined, At: now.at, What: fmt.Sprintf("B at %s is back", now.addr)})
		}
		return append(changes, now.newSettings(before)...)
	}
	isNew := now.last.After(p.began)
	if isNew {
		p.used = p.used.Plus(1, now.sinceStart())
	}
	switch {
	case known:
		changes = append(changes, measure.Change{
			Kind: measure.Restarted, At: before.at, Length: max(now.last.Sub(before.at), 0), Share: share, What: fmt.Sprintf("B at %s restarted", now.addr),
		})
	case isNew || !slices.Contains(p.listed, now.addr): // otherwise its first answer was late
		changes = append(changes, measure.Change{Kind: measure.Joined, At: now.at, What: fmt.Sprintf("B at %s joined", now.addr)})
	}
	return append(changes, now.newSettings(before)...)
}
