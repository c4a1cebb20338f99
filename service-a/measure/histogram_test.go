package measure

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Percentiles are compared with exact ones over a million samples from different distributions.
func TestHistogramIsExactToThreeDigits(t *testing.T) {
	const n = 1_000_000
	rng := rand.New(rand.NewPCG(1, 2))
	shapes := map[string]func() float64{ // in milliseconds
		"exponential": func() float64 { return 40 * rng.ExpFloat64() },
		"log-normal":  func() float64 { return math.Exp(3 + rng.NormFloat64()) },
		"uniform":     func() float64 { return 0.2 + 5*rng.Float64() },
		"a stall": func() float64 { // one in 30 takes up to a second
			if rng.IntN(30) == 0 {
				return 5 + 1000*rng.Float64()
			}
			return 5
		},
	}
	for name, shape := range shapes {
		var h Histogram
		all := make([]time.Duration, 0, n)
		var sum time.Duration
		for range n {
			d := time.Duration(shape() * float64(time.Millisecond)).Round(time.Microsecond)
			h.Record(d)
			all = append(all, d)
			sum += d
		}
		slices.Sort(all)
		s := maps.Collect(h.Figures())
		for p, got := range map[float64]time.Duration{50: s["p50"], 90: s["p90"], 95: s["p95"], 99: s["p99"], 99.9: s["p99.9"]} {
			exact := all[int(math.Round(p/100*n))-1]
			if math.Abs(float64(got-exact)) > float64(exact)/1000+float64(time.Microsecond) {
				t.Errorf("%s: p%g = %v, want %v to three digits", name, p, got, exact)
			}
		}
		if h.Count() != n || s["mean"] != sum/n || s["min"] != all[0] || s["max"] != all[n-1] {
			t.Errorf("%s: count, mean, min, max = %d %v %v %v, want exactly %d %v %v %v", name, h.Count(), s["mean"], s["min"], s["max"], n, sum/n, all[0], all[n-1])
		}
	}
}

func TestEmptyHistogram(t *testing.T) {
	var h, other Histogram
	h.Merge(&other)
	if s := maps.Collect(h.Figures()); len(s) > 0 || h.Count() != 0 || h.Sum() != 0 || h.Mean() != 0 || h.Percentile(99) != 0 {
		t.Errorf("figures of nothing: %v, count %d, sum %v, mean %v, p99 %v", s, h.Count(), h.Sum(), h.Mean(), h.Percentile(99))
	}
	for d := range h.Buckets() {
		t.Errorf("bucket at %v in an empty histogram", d)
	}
}

func TestHistogramLimits(t *testing.T) {
	var h Histogram
	h.Record(-time.Second)
	h.Record(time.Hour)
	s := maps.Collect(h.Figures())
	if s["min"] != 0 || s["max"] != time.Hour || h.Count() != 2 {
		t.Errorf("min, max, count = %v %v %d, want 0s 1h0m0s 2", s["min"], s["max"], h.Count())
	}
}

func TestHistogramMerge(t *testing.T) {
	var a, b, both Histogram
	for i := range 1000 {
		d := time.Duration(i+1) * 7 * time.Microsecond
		both.Record(d)
		if i%3 == 0 {
			a.Record(d)
		} else {
			b.Record(d)
		}
	}
	a.Merge(&b)
	got, want := maps.Collect(a.Figures()), maps.Collect(both.Figures())
	if !maps.Equal(got, want) || a.Count() != both.Count() {
		t.Errorf("merged %d: %v, want %d: %v", a.Count(), got, both.Count(), want)
	}
	if b.Count() != 666 {
		t.Errorf("the merged one holds %d, want its own 666 as before", b.Count())
	}
}

func TestHistogramSince(t *testing.T) {
	var h, before Histogram
	h.Record(time.Second)
	before.Merge(&h)
	for range 99 {
		h.Record(2 * time.Millisecond)
	}
	since := h.Since(&before)
	if since.Count() != 99 || since.Percentile(99) != 2*time.Millisecond || since.Mean() != 2*time.Millisecond {
		t.Errorf("since holds %d: %v, want 99 of 2ms", since.Count(), maps.Collect(since.Figures()))
	}
	if h.Count() != 100 {
		t.Errorf("the whole now holds %d, want 100", h.Count())
	}
}

func TestBucketsHoldEverything(t *testing.T) {
	var h Histogram
	for i := range int64(5000) {
		h.Record(time.Duration(i*i) * time.Microsecond)
	}
	var n int64
	last := time.Duration(-1)
	for d, count := range h.Buckets() {
		if d <= last {
			t.Fatalf("bucket %v after %v", d, last)
		}
		n, last = n+count, d
	}
	if n != 5000 {
		t.Errorf("buckets hold %d, want 5000", n)
	}
}
