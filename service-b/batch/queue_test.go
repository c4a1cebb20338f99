package batch

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// plainQueue does what queue should do, regardless of cost.
type plainQueue struct {
	items []*item[int, int]
	open  []*item[int, int]
	since time.Duration
	ready map[*item[int, int]]time.Duration // when each item was in a full batch for the first time
}

// regroup finds the open batch. Its clock restarts if it has an item that was not in it before.
func (p *plainQueue) regroup(size int, now time.Duration) {
	before := p.open
	p.open = slices.Clone(p.items[len(p.items)-len(p.items)%size:])
	for _, it := range p.items[:len(p.items)-len(p.open)] {
		if _, was := p.ready[it]; !was {
			p.ready[it] = now
		}
	}
	if len(p.open) == 0 {
		return
	}
	p.since = max(p.since, p.open[0].arrived)
	if !slices.Contains(before, p.open[0]) {
		p.since = now
	}
}

func (p *plainQueue) compare(t *testing.T, q *queue[int, int]) {
	t.Helper()
	var forward, backward []*item[int, int]
	for it := q.first; it != nil; it = it.next {
		forward = append(forward, it)
	}
	for it := q.last; it != nil; it = it.previous {
		backward = append(backward, it)
	}
	slices.Reverse(backward)
	for _, it := range p.items {
		if at, ready := p.ready[it]; ready && it.ready != at || !ready && it.ready != never {
			t.Fatalf("ready at %v, want %v (%v)", it.ready, at, ready)
		}
	}
	if !slices.Equal(forward, p.items) || !slices.Equal(backward, p.items) || q.length != len(p.items) {
		t.Fatalf("%d and %d items, length %d, want %d", len(forward), len(backward), q.length, len(p.items))
	}
	if q.openLength != len(p.open) || q.openLength > 0 && q.openSince != p.since {
		t.Fatalf("%d in the open batch since %v, want %d since %v", q.openLength, q.openSince, len(p.open), p.since)
	}
}

func TestQueueKnowsItsOpenBatch(t *testing.T) {
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 0))
		size := 1 + dice.IntN(5)
		var q queue[int, int]
		p := plainQueue{ready: map[*item[int, int]]time.Duration{}}
		for now := time.Duration(1); now < 200; now++ {
			switch roll := dice.IntN(20); {
			case roll < 9:
				it := &item[int, int]{arrived: now}
				opened, filled := q.push(it, size)
				p.items = append(p.items, it)
				p.regroup(size, now)
				if opened != (len(p.open) == 1) || filled != (len(p.open) == 0) {
					t.Fatalf("opened %v, filled %v with %d in the open batch", opened, filled, len(p.open))
				}
			case roll < 16 && q.length > 0:
				i := dice.IntN(q.length)
				q.remove(p.items[i], size, now)
				p.items = slices.Delete(p.items, i, i+1)
				p.regroup(size, now)
			case roll < 18:
				n := min(size, q.length)
				taken := q.take(n, nil)
				q.regroup(size, now)
				if !slices.Equal(taken, p.items[:n]) || slices.ContainsFunc(taken, func(it *item[int, int]) bool { return it.queued }) {
					t.Fatal("other items were taken")
				}
				p.items = p.items[n:]
				p.regroup(size, now)
			case roll == 18:
				size = 1 + dice.IntN(5)
				q.regroup(size, now)
				p.regroup(size, now)
			}
			q.markReady(q.length-q.openLength, now)
			p.compare(t, &q)
		}
	}
}

// The test makes all items unreachable except the neighbours of the departing one, so that a walk over the
// open batch fails.
func TestDepartureTouchesNeighboursOnly(t *testing.T) {
	const size = 1000
	for _, length := range []int{size - 1, 2 * size, 2*size + 500} { // the open batch is all, none, or a part
		for _, i := range []int{5, length / 2, length - 6} {
			var q queue[int, int]
			items := make([]*item[int, int], length)
			for j := range items {
				items[j] = &item[int, int]{arrived: time.Duration(j)}
				q.push(items[j], size)
			}
			for j, it := range items {
				if j < i-1 || j > i+1 {
					it.previous, it.next = nil, nil
				}
			}
			if q.fresh != nil { // one further step is allowed: the first of the open batch may move up
				q.fresh.next = items[slices.Index(items, q.fresh)+1]
			}
			q.remove(items[i], size, 0)
			if q.length != length-1 || q.openLength != (length-1)%size {
				t.Errorf("%d of %d departs: length %d, %d in the open batch", i, length, q.length, q.openLength)
			}
			if items[i-1].next != items[i+1] || items[i+1].previous != items[i-1] {
				t.Errorf("%d of %d departs: its neighbours do not meet", i, length)
			}
		}
	}
}
