package batch

import "time"

// queue holds the waiting items in order of arrival. It is a linked list, so that a client can depart
// from anywhere at constant cost. The zero value is an empty queue. It is not safe for concurrent use.
//
// From the front, the queue consists of full batches, which wait for a worker, and then the open batch,
// which is still short:
//
//	first                                                    last
//	[ 1 2 3 4 5 6 7 8 9 10 ][ 11 12 13 14 15 16 17 18 19 20 ][ 21 22 23 ... ]
//	   full                    full                            open
//
// A departure moves the items behind it up, so that the first item of the open batch completes the last
// full one. If the open batch is empty, the last full batch becomes the open one.
type queue[In, Out any] struct {
	first, last *item[In, Out]
	length      int
	arrivals    uint64

	openLength int            // items in the open batch: length modulo the batch size
	openSince  time.Duration  // when its clock started
	broken     int            // how many of its first items were in a full batch before openSince
	fresh      *item[In, Out] // the first item behind those; nil if there is none

	filling      int            // how many of the last items have never been in a ready batch
	firstFilling *item[In, Out] // the first of them; nil if there is none
}

// push adds an item to the open batch and reports whether that opened or filled it.
func (q *queue[In, Out]) push(it *item[In, Out], size int) (opened, filled bool) {
	it.queued, it.number, it.previous, it.ready = true, q.arrivals, q.last, never
	if q.last == nil {
		q.first = it
	} else {
		q.last.next = it
	}
	q.last = it
	q.arrivals++
	q.length++
	q.openLength++
	q.filling++
	if q.firstFilling == nil {
		q.firstFilling = it
	}
	if q.openLength == size {
		q.openLength, q.broken, q.fresh = 0, 0, nil
		return false, true
	}
	if q.fresh == nil {
		q.fresh = it
	}
	if q.openLength == 1 {
		q.openSince = it.arrived
		return true, false
	}
	return false, false
}

// markReady notes that the batches of the first n items are ready now, unless they were before.
func (q *queue[In, Out]) markReady(n int, now time.Duration) {
	for ; q.length-q.filling < n; q.filling-- {
		q.firstFilling.ready = now
		q.firstFilling = q.firstFilling.next
	}
}

// take moves the first n items to the end of dst. The caller then regroups.
func (q *queue[In, Out]) take(n int, dst []*item[In, Out]) []*item[In, Out] {
	for range n {
		dst = append(dst, q.first)
		q.unlink(q.first)
	}
	return dst
}

// remove takes out an item whose client has departed.
func (q *queue[In, Out]) remove(it *item[In, Out], size int, now time.Duration) {
	if q.fresh != nil && it.number >= q.fresh.number {
		q.openLength--
	}
	q.unlink(it)
	q.regroup(size, now)
}

func (q *queue[In, Out]) unlink(it *item[In, Out]) {
	if it == q.fresh {
		q.fresh = it.next
	}
	if it.ready == never {
		q.filling--
		if it == q.firstFilling {
			q.firstFilling = it.next
		}
	}
	if it.previous == nil {
		q.first = it.next
	} else {
		it.previous.next = it.next
	}
	if it.next == nil {
		q.last = it.previous
	} else {
		it.next.previous = it.previous
	}
	it.queued, it.previous, it.next = false, nil, nil
	q.length--
}

// regroup recomputes the open batch after items have left or size has changed. Its clock starts at the
// arrival of its first item, or now if some of its items were in a full batch until now, because a full
// batch cannot time out.
func (q *queue[In, Out]) regroup(size int, now time.Duration) {
	length := q.length % size
	if length > q.openLength {
		q.openLength, q.openSince = length, now
		q.broken, q.fresh = length, nil
	}
	for ; q.openLength > length; q.openLength-- {
		if q.broken > 0 {
			q.broken--
		} else if q.fresh != nil {
			q.fresh = q.fresh.next
		}
	}
	if q.broken == 0 && q.fresh != nil {
		q.openSince = q.fresh.arrived
	}
}
