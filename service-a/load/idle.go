package load

import (
	"sync"
	"time"
)

// idleWorkers are the workers of an open loop that are free. Safe for concurrent use.
type idleWorkers struct {
	mu     sync.Mutex
	free   []*worker // the one that was busy last goes first: its connection is the freshest
	closed bool
}

// await returns when a request has been handed to w, or false when there will be none.
func (i *idleWorkers) await(w *worker) (due time.Duration, ok bool) {
	i.mu.Lock()
	if i.closed {
		i.mu.Unlock()
		return 0, false
	}
	i.free = append(i.free, w)
	i.mu.Unlock()
	due, ok = <-w.handed
	return due, ok
}

// hand gives a request to a free worker; false when there is none.
func (i *idleWorkers) hand(due time.Duration) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	last := len(i.free) - 1
	if last < 0 {
		return false
	}
	w := i.free[last]
	i.free = i.free[:last]
	w.handed <- due // never waits: it holds one
	return true
}

// close sends the free workers home, and those that become free.
func (i *idleWorkers) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	for _, w := range i.free {
		close(w.handed)
	}
	i.free = nil
}

// count is how many are free.
func (i *idleWorkers) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.free)
}
