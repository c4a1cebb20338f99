package batch

import "time"

// queue is the waiting items in order of arrival. It is a ring of places, so that putting in and taking
// out touch no item but the one concerned: under load the others are in another processor's cache. A
// client that goes away leaves its place empty, and costs a walk over the open batch (regroup). The zero value
// is an empty queue; it is not safe for concurrent use.
//
// Seen from the front the queue is full batches, waiting for a worker, and then the open batch,
// which is still short:
//
//	front                                                    back
//	[ 1 2 3 4 5 6 7 8 9 10 ][ 11 12 13 14 15 16 17 18 19 20 ][ 21 22 23 ... ]
//	   full                    full                            open
type queue[In, Out any] struct {
	ring        []*item[In, Out] // the length is a power of two
	front, back uint64           // numbers of the first place, and of the one after the last
	length      int              // items, not places
	nudged      uint64           // number of the first place whose waiter has not been nudged

	// The open batch, if openLength is above 0. Otherwise openFirst is the place where the next begins.
	openLength int
	openFirst  uint64
	openSince  time.Duration // when its clock started
}

func (q *queue[In, Out]) at(place uint64) **item[In, Out] {
	return &q.ring[place&uint64(len(q.ring)-1)]
}

// push adds it to the open batch, and reports what that made of the batch.
func (q *queue[In, Out]) push(it *item[In, Out], size int) (opened, filled bool) {
	if q.back-q.front == uint64(len(q.ring)) {
		q.makeRoom()
	}
	it.place = q.back
	*q.at(q.back) = it
	q.back++
	q.length++
	q.openLength++
	if q.openLength == size {
		q.openLength, q.openFirst = 0, q.back
		return false, true
	}
	if q.openLength == 1 {
		q.openSince = it.arrived
		return true, false
	}
	return false, false
}

// makeRoom closes the gaps that departed items have left, or where there are few makes the ring larger.
func (q *queue[In, Out]) makeRoom() {
	size := max(64, len(q.ring))
	if q.length > size/2 {
		size *= 2
	}
	old := *q
	q.ring, q.front, q.back = make([]*item[In, Out], size), 0, 0
	q.nudged = 0
	for place := old.front; place != old.back; place++ {
		if place == old.openFirst {
			q.openFirst = q.back
		}
		if place == old.nudged {
			q.nudged = q.back
		}
		if it := *old.at(place); it != nil {
			it.place = q.back
			*q.at(q.back) = it
			q.back++
		}
	}
	if old.openFirst == old.back {
		q.openFirst = q.back
	}
	if old.nudged == old.back {
		q.nudged = q.back
	}
}

// holds tells whether it is in the queue.
func (q *queue[In, Out]) holds(it *item[In, Out]) bool {
	return len(q.ring) > 0 && *q.at(it.place) == it
}

// remove takes it out of the middle. The caller regroups.
func (q *queue[In, Out]) remove(it *item[In, Out]) {
	*q.at(it.place) = nil
	q.length--
	for q.front != q.back && *q.at(q.front) == nil {
		q.front++
	}
}

// take appends the first n items to dst, and takes them out. If they are not a full batch, the caller regroups.
func (q *queue[In, Out]) take(n int, dst []*item[In, Out]) []*item[In, Out] {
	q.length -= n
	for ; n > 0; q.front++ {
		if place := q.at(q.front); *place != nil {
			dst = append(dst, *place)
			*place = nil
			n--
		}
	}
	return dst
}

// takeLast appends the last n items to dst, and takes them out. The caller regroups.
func (q *queue[In, Out]) takeLast(n int, dst []*item[In, Out]) []*item[In, Out] {
	q.length -= n
	for ; n > 0; q.back-- {
		if place := q.at(q.back - 1); *place != nil {
			dst = append(dst, *place)
			*place = nil
			n--
		}
	}
	q.nudged = min(q.nudged, q.back) // the places are given again
	return dst
}

// nudge nudges the waiters, once, of all that have arrived by then. It returns the arrival of the first other.
func (q *queue[In, Out]) nudge(by time.Duration) (next time.Duration, ok bool) {
	for q.nudged = max(q.nudged, q.front); q.nudged != q.back; q.nudged++ {
		it := *q.at(q.nudged)
		if it == nil {
			continue
		}
		if it.arrived > by {
			return it.arrived, true
		}
		it.nudge()
	}
	return 0, false
}

// regroup finds the open batch anew, after items have left or size has changed. Its clock runs from the
// arrival of its first item; but if some of it was in a full batch until now, which could not time out, from now.
func (q *queue[In, Out]) regroup(size int, now time.Duration) {
	first := q.back
	since := q.openSince // never back: it may be later than the arrivals, since a full batch was broken up
	q.openLength = q.length % size
	for left := q.openLength; left > 0; {
		first--
		if it := *q.at(first); it != nil {
			since = max(q.openSince, it.arrived)
			left--
		}
	}
	if q.openLength > 0 && first < q.openFirst {
		since = now
	}
	q.openFirst, q.openSince = first, since
}
