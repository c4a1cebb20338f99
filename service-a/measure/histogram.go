package measure

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// MaxDuration is the longest duration that a histogram resolves; longer ones count as MaxDuration.
const MaxDuration = 10 * time.Minute

// Histogram records any number of durations to three significant digits in about 160 KB.
// Sum, min and max are exact. The zero value is empty and takes no memory. Not safe for concurrent use.
type Histogram struct {
	hdr      *hdrhistogram.Histogram // in microseconds
	sum      time.Duration
	min, max time.Duration
}

// Record adds d; a negative d counts as 0.
func (h *Histogram) Record(d time.Duration) {
	d = max(d, 0)
	if h.hdr == nil {
		h.hdr, h.min = newBuckets(), d
	}
	h.sum, h.min, h.max = h.sum+d, min(h.min, d), max(h.max, d)
	_ = h.hdr.RecordValue(recorded(d)) // it is in range
}

func newBuckets() *hdrhistogram.Histogram { return hdrhistogram.New(1, MaxDuration.Microseconds(), 3) }

// recorded is the value in microseconds that a bucket counts for d.
func recorded(d time.Duration) int64 {
	return min(d, MaxDuration).Round(time.Microsecond).Microseconds()
}

// Merge adds everything in other.
func (h *Histogram) Merge(other *Histogram) {
	switch {
	case other.hdr == nil:
	case h.hdr == nil:
		*h = *other
		h.hdr = other.hdr.Clone()
	default:
		h.hdr.Merge(other.hdr)
		h.sum, h.min, h.max = h.sum+other.sum, min(h.min, other.min), max(h.max, other.max)
	}
}

// Since returns what h has recorded since the snapshot before. Its min and max are only as exact as the buckets.
func (h *Histogram) Since(before *Histogram) Histogram {
	if h.hdr == nil || before.hdr == nil {
		return *h
	}
	diff, old := h.hdr.Export(), before.hdr.Export()
	for i, n := range old.Counts {
		diff.Counts[i] -= n
	}
	d := Histogram{hdr: hdrhistogram.Import(diff), sum: h.sum - before.sum}
	d.min, d.max = micros(d.hdr.Min()), micros(d.hdr.Max())
	return d
}

// Count is the number of recorded durations.
func (h *Histogram) Count() int64 {
	if h.hdr == nil {
		return 0
	}
	return h.hdr.TotalCount()
}

// Sum is the exact sum of all durations.
func (h *Histogram) Sum() time.Duration { return h.sum }

// Mean is 0 when the histogram is empty.
func (h *Histogram) Mean() time.Duration { return h.sum / time.Duration(max(h.Count(), 1)) }

// Percentile returns the p-th percentile (0 to 100), or 0 when the histogram is empty. MaxDuration means at least that.
func (h *Histogram) Percentile(p float64) time.Duration {
	if h.hdr == nil {
		return 0
	}
	return min(max(min(micros(h.hdr.ValueAtPercentile(p)), MaxDuration), h.min), h.max)
}

// Buckets yields the lower bound and count of each non-empty bucket in ascending order. Each is under 0.1 % wide.
func (h *Histogram) Buckets() iter.Seq2[time.Duration, int64] {
	return func(yield func(time.Duration, int64) bool) {
		if h.hdr == nil {
			return
		}
		for _, bar := range h.hdr.Distribution() {
			if bar.Count > 0 && !yield(micros(bar.From), bar.Count) {
				return
			}
		}
	}
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// Figures yields what reports show, in display order: mean, min, percentiles and max. An empty h yields nothing.
func (h *Histogram) Figures() iter.Seq2[string, time.Duration] {
	return func(yield func(string, time.Duration) bool) {
		_ = h.Count() > 0 && yield("mean", h.Mean()) && yield("min", h.min) &&
			yield("p50", h.Percentile(50)) && yield("p90", h.Percentile(90)) && yield("p95", h.Percentile(95)) &&
			yield("p99", h.Percentile(99)) && yield("p99.9", h.Percentile(99.9)) && yield("max", h.max)
	}
}

// MarshalJSON writes the figures in milliseconds with three decimals; null if the histogram is empty.
func (h *Histogram) MarshalJSON() ([]byte, error) {
	if h.Count() == 0 {
		return []byte("null"), nil
	}
	var body []byte
	for name, d := range h.Figures() {
		ms := float64(d.Round(time.Microsecond).Microseconds()) / 1000
		body = fmt.Appendf(body, ",%q:%v", strings.ReplaceAll(name, ".", ""), ms)
	}
	body[0] = '{'
	return append(body, '}'), nil
}
