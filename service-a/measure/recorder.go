package measure

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// maxCauses bounds the memory for errors. Further causes count as "other".
const maxCauses = 50

// Cause is one reason for failed requests.
type Cause struct {
	Outcome Outcome `json:"outcome"`
	Name    string  `json:"cause"`
	Count   int64   `json:"count"`
	Example string  `json:"example"` // details of the first such failure
}

// Totals are samples added up. The zero value is empty.
type Totals struct {
	Outcomes     Counts
	InWindow     int64         // replies of any kind that arrived within the measured window
	OKInWindow   int64         // ok replies that arrived within the measured window
	TimeInWindow time.Duration // time in flight within the measured window, summed over all requests
	LastOK       time.Duration // when the last ok reply arrived
	Skewed       int64         // ok replies with an impossible ts_diff: the clocks disagree
	TSDiff       Histogram     // of ok replies
	Latency      Histogram     // of ok replies
	Lag          Histogram     // open loop: how late each request was sent
	causes       []Cause
}

// Sent is the number of samples.
func (t *Totals) Sent() int64 {
	var n int64
	for _, count := range t.Outcomes {
		n += count
	}
	return n
}

// NotOK is the number of failures: everything except ok and left over.
func (t *Totals) NotOK() int64 { return t.Sent() - t.Outcomes[OK] - t.Outcomes[LeftOver] }

// FailedPercent is the share of failures. Requests left over are not counted; neither are dropped ones, which were not sent.
func (t *Totals) FailedPercent() float64 {
	failed := t.NotOK()
	return 100 * float64(failed) / float64(max(failed+t.Outcomes[OK], 1))
}

// Causes lists why requests failed, most frequent first.
func (t *Totals) Causes() []Cause {
	return slices.SortedFunc(slices.Values(t.causes), func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Outcome, b.Outcome))
	})
}

// Merge adds other, and keeps no reference to it.
func (t *Totals) Merge(other *Totals) {
	for o, n := range other.Outcomes {
		t.Outcomes[o] += n
	}
	t.InWindow += other.InWindow
	t.OKInWindow += other.OKInWindow
	t.TimeInWindow += other.TimeInWindow
	t.LastOK = max(t.LastOK, other.LastOK)
	t.Skewed += other.Skewed
	t.TSDiff.Merge(&other.TSDiff)
	t.Latency.Merge(&other.Latency)
	t.Lag.Merge(&other.Lag)
	for _, c := range other.causes {
		t.AddCause(c)
	}
}

func (t *Totals) add(s Sample, openLoop bool) {
	t.Outcomes[s.Outcome]++
	t.TimeInWindow += s.TimeInWindow
	if openLoop {
		t.Lag.Record(s.Lag)
	}
	if s.InWindow {
		t.InWindow++
	}
	switch s.Outcome {
	case OK:
		t.addOK(s)
	case LeftOver: // not a failure
	default:
		t.AddCause(Cause{s.Outcome, s.Cause, 1, s.Example})
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

// AddCause adds failures for one reason.
func (t *Totals) AddCause(c Cause) {
	same := func(known Cause) bool { return known.Outcome == c.Outcome && known.Name == c.Name }
	i := slices.IndexFunc(t.causes, same)
	if i < 0 && len(t.causes) >= maxCauses {
		c.Name = "other"
		i = slices.IndexFunc(t.causes, same)
	}
	if i < 0 {
		t.causes = append(t.causes, c)
		return
	}
	t.causes[i].Count += c.Count
}

// Recorder folds samples into Totals. It is safe for concurrent use. Callers of Record rarely wait
// for each other, because each takes any free shard.
type Recorder struct {
	openLoop bool
	shards   []shard
}

// shard holds part of the totals. There is one per processor, not per worker, because its histograms take 300 KB.
type shard struct {
	mu     sync.Mutex
	totals Totals
	_      [64]byte // avoids false sharing with the next shard's lock
}

// NewRecorder returns a recorder for callers running on the given number of processors.
func NewRecorder(processors int, openLoop bool) *Recorder {
	return &Recorder{openLoop: openLoop, shards: make([]shard, processors+1)}
}

// Record adds s. The worker number spreads callers over the shards.
func (r *Recorder) Record(worker int, s Sample) {
	sh := r.acquire(worker)
	sh.totals.add(s, r.openLoop)
	sh.mu.Unlock()
}

func (r *Recorder) acquire(worker int) *shard {
	for i := range r.shards {
		if sh := &r.shards[(worker+i)%len(r.shards)]; sh.mu.TryLock() {
			return sh
		}
	}
	sh := &r.shards[worker%len(r.shards)]
	sh.mu.Lock()
	return sh
}

// Totals returns a copy of everything recorded so far.
func (r *Recorder) Totals() *Totals {
	sum := &Totals{}
	for i := range r.shards {
		sh := &r.shards[i]
		sh.mu.Lock()
		sum.Merge(&sh.totals)
		sh.mu.Unlock()
	}
	return sum
}

// Outcomes returns the counts so far. It is cheaper than Totals.
func (r *Recorder) Outcomes() (sum Counts) {
	for i := range r.shards {
		sh := &r.shards[i]
		sh.mu.Lock()
		for o, n := range sh.totals.Outcomes {
			sum[o] += n
		}
		sh.mu.Unlock()
	}
	return sum
}
