package measure

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// maxCauses bounds the memory that errors take; what is beyond it counts as "other".
const maxCauses = 50 // of one shard

// Cause is one way in which requests went wrong.
type Cause struct {
	Outcome Outcome
	Name    string
	Count   int64
	Example string // of the first of them
}

type causeKey struct {
	outcome Outcome
	name    string
}

func (c Cause) key() causeKey { return causeKey{c.Outcome, c.Name} }

// Totals is what a number of samples add up to. The zero value is empty.
type Totals struct {
	Outcomes   Counts
	InWindow   int64         // answers of any kind that arrived within the measured window
	OKInWindow int64         // the ok ones of them
	Open       time.Duration // all requests' times in flight, as far as they lie within the window
	LastOK     time.Duration // when the last ok reply arrived
	Skewed     int64         // ok replies whose ts_diff is impossible: the clocks are apart
	TSDiff     Histogram
	Latency    Histogram // of ok replies
	Lag        Histogram // open loop only
	causes     map[causeKey]Cause
}

// Sent is the number of samples.
func (t *Totals) Sent() int64 {
	var n int64
	for _, count := range t.Outcomes {
		n += count
	}
	return n
}

// NotOK is the number of failures: all but the ok ones and the left-overs.
func (t *Totals) NotOK() int64 { return t.Sent() - t.Outcomes[OK] - t.Outcomes[LeftOver] }

// Causes lists what went wrong, the most frequent first.
func (t *Totals) Causes() []Cause {
	return slices.SortedFunc(maps.Values(t.causes), func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
}

// Merge adds other, of which it keeps nothing.
func (t *Totals) Merge(other *Totals) {
	for o, n := range other.Outcomes {
		t.Outcomes[o] += n
	}
	t.InWindow += other.InWindow
	t.OKInWindow += other.OKInWindow
	t.Open += other.Open
	t.LastOK = max(t.LastOK, other.LastOK)
	t.Skewed += other.Skewed
	t.TSDiff.Merge(&other.TSDiff)
	t.Latency.Merge(&other.Latency)
	t.Lag.Merge(&other.Lag)
	for _, c := range other.causes {
		t.mergeCause(c)
	}
}

func (t *Totals) add(s Sample, openLoop bool) {
	t.Outcomes[s.Outcome]++
	t.Open += s.Open
	if openLoop {
		t.Lag.Record(s.Lag)
	}
	if s.InWindow {
		t.InWindow++
	}
	switch s.Outcome {
	case OK:
		t.addOK(s)
	case LeftOver: // nothing went wrong
	default:
		t.addCause(Cause{s.Outcome, s.Cause, 1, s.Example})
	}
}

func (t *Totals) addOK(s Sample) {
	if s.InWindow {
		t.OKInWindow++
	}
	t.LastOK = max(t.LastOK, s.End)
	t.Latency.Record(s.Latency())
	if s.TSDiff < 0 || s.TSDiff > MaxDuration {
		t.Skewed++
		return
	}
	t.TSDiff.Record(s.TSDiff)
}

func (t *Totals) addCause(c Cause) {
	if _, known := t.causes[c.key()]; !known && len(t.causes) >= maxCauses {
		c.Name = "other"
	}
	t.mergeCause(c)
}

func (t *Totals) mergeCause(c Cause) {
	if t.causes == nil {
		t.causes = map[causeKey]Cause{}
	}
	if known, ok := t.causes[c.key()]; ok {
		known.Count += c.Count
		c = known
	}
	t.causes[c.key()] = c
}

// Recorder folds samples into Totals. It is safe for concurrent use, and a caller of Record never
// waits for another: it takes whichever part is free.
type Recorder struct {
	openLoop bool
	shards   []*shard
}

// shard owns a part of the totals. There is one for each processor and not for each worker, since
// two histograms take 300 KB.
type shard struct {
	mu     sync.Mutex
	totals Totals
	_      [64]byte // keeps the next shard's lock out of this one's cache line
}

// NewRecorder returns a recorder for callers that run on that many processors.
func NewRecorder(processors int, openLoop bool) *Recorder {
	r := &Recorder{openLoop: openLoop, shards: make([]*shard, processors+1)}
	for i := range r.shards {
		r.shards[i] = &shard{}
	}
	return r
}

// Record adds s; worker tells callers apart, so that they begin at different shards.
func (r *Recorder) Record(worker int, s Sample) {
	sh := r.acquire(worker)
	sh.totals.add(s, r.openLoop)
	sh.mu.Unlock()
}

func (r *Recorder) acquire(worker int) *shard {
	for i := range r.shards {
		if sh := r.shards[(worker+i)%len(r.shards)]; sh.mu.TryLock() {
			return sh
		}
	}
	sh := r.shards[worker%len(r.shards)]
	sh.mu.Lock()
	return sh
}

// Totals returns a copy of all that was recorded so far.
func (r *Recorder) Totals() *Totals {
	sum := &Totals{}
	for _, sh := range r.shards {
		sh.mu.Lock()
		sum.Merge(&sh.totals)
		sh.mu.Unlock()
	}
	return sum
}
