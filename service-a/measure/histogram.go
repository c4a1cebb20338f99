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

// Histogram records durations to three significant digits in about 160 KB, however many there are.
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
		h.hdr, h.min = hdrhistogram.New(1, MaxDuration.Microseconds(), 3), d
	}
	h.sum, h.min, h.max = h.sum+d, min(h.min, d), max(h.max, d)
	_ = h.hdr.RecordValue(min(d, MaxDuration).Round(time.Microsecond).Microseconds()) // in range by min
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

// Since returns what h recorded after the snapshot before. Its min and max are only as exact as the buckets.
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

// Percentile returns the p-th percentile (0 to 100), or 0 when the histogram is empty.
func (h *Histogram) Percentile(p float64) time.Duration {
	if h.hdr == nil {
		return 0
	}
	return min(max(micros(h.hdr.ValueAtPercentile(p)), h.min), h.max)
}

// Buckets yields the lower bound and count of each non-empty bucket, in ascending order; each is under 0.1 % wide.
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

// Stats are the figures of a histogram; in JSON they are milliseconds with three decimals, or null without a count.
type Stats struct {
	Count                                    int64
	Mean, Min, P50, P90, P95, P99, P999, Max time.Duration
}

// All yields the figures with their names, in display order.
func (s Stats) All() iter.Seq2[string, time.Duration] {
	return func(yield func(string, time.Duration) bool) {
		names := []string{"mean", "min", "p50", "p90", "p95", "p99", "p99.9", "max"}
		for i, d := range []time.Duration{s.Mean, s.Min, s.P50, s.P90, s.P95, s.P99, s.P999, s.Max} {
			if !yield(names[i], d) {
				return
			}
		}
	}
}

// MarshalJSON implements json.Marshaler.
func (s Stats) MarshalJSON() ([]byte, error) {
	if s.Count == 0 {
		return []byte("null"), nil
	}
	var body []byte
	for name, d := range s.All() {
		body = fmt.Appendf(body, ",%q:%v", strings.ReplaceAll(name, ".", ""), float64(d.Round(time.Microsecond).Microseconds())/1000)
	}
	body[0] = '{'
	return append(body, '}'), nil
}

// Stats computes the figures; all are 0 when the histogram is empty.
func (h *Histogram) Stats() Stats {
	n := h.Count()
	if n == 0 {
		return Stats{}
	}
	return Stats{
		Count: n, Mean: h.sum / time.Duration(n), Min: h.min, Max: h.max,
		P50: h.Percentile(50), P90: h.Percentile(90), P95: h.Percentile(95),
		P99: h.Percentile(99), P999: h.Percentile(99.9),
	}
}
