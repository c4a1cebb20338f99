package measure

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// sample is a histogram of n durations, some of them beyond MaxDuration and some between two microseconds.
func sample(rng *rand.Rand, n int) (h Histogram) {
	for range n {
		h.Record(time.Duration(math.Exp(28 * rng.Float64())))
	}
	return h
}

func TestEncodedLosesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 100, 10_000} {
		h := sample(rng, n)
		body, err := json.Marshal(Encoded{h})
		if err != nil {
			t.Fatal(err)
		}
		var back Encoded
		if err := json.Unmarshal(body, &back); err != nil {
			t.Fatalf("%d values: %v", n, err)
		}
		if got, want := maps.Collect(back.Figures()), maps.Collect(h.Figures()); !maps.Equal(got, want) || back.Sum() != h.Sum() {
			t.Errorf("%d values: read back %v, want %v", n, got, want)
		}
		if got, want := buckets(&back.Histogram), buckets(&h); !maps.Equal(got, want) {
			t.Errorf("%d values: read back other buckets: %v, want %v", n, got, want)
		}
	}
}

func buckets(h *Histogram) map[time.Duration]int64 { return maps.Collect(h.Buckets()) }

// Any program with an HdrHistogram library reads hdr_us.
func TestEncodedIsHdrHistogramsOwn(t *testing.T) {
	var h Histogram
	for i := range 1000 {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	body, err := json.Marshal(Encoded{h})
	if err != nil {
		t.Fatal(err)
	}
	var fields struct {
		HDR string `json:"hdr_us"`
	}
	if err := json.Unmarshal(body, &fields); err != nil || !strings.HasPrefix(fields.HDR, "HISTF") {
		t.Fatalf("hdr_us is %.20q, want HISTF... (%v)", fields.HDR, err)
	}
	other, err := hdrhistogram.Decode([]byte(fields.HDR))
	if err != nil {
		t.Fatal(err)
	}
	if other.TotalCount() != 1000 || !other.ValuesAreEquivalent(other.ValueAtPercentile(99), 990_000) {
		t.Errorf("%d values, p99 %d us; want 1000 and 990000", other.TotalCount(), other.ValueAtPercentile(99))
	}
}

// wrapped is hdr_us with a chosen content.
func wrapped(content []byte) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(content)
	_ = z.Close()
	head := binary.BigEndian.AppendUint32(nil, uint32(hdrhistogram.V2CompressedEncodingCookieBase|0x10))
	head = binary.BigEndian.AppendUint32(head, uint32(b.Len()))
	return base64.StdEncoding.EncodeToString(append(head, b.Bytes()...))
}

// header precedes the counts inside the compression.
func header(lowest, highest int64, digits, payload int32) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(hdrhistogram.V2EncodingCookieBase|0x10))
	b = binary.BigEndian.AppendUint32(b, uint32(payload))
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(digits))
	b = binary.BigEndian.AppendUint64(b, uint64(lowest))
	b = binary.BigEndian.AppendUint64(b, uint64(highest))
	return binary.BigEndian.AppendUint64(b, math.Float64bits(1))
}

func TestEncodedRefuses(t *testing.T) {
	ours := header(1, MaxDuration.Microseconds(), 3, 1)
	one := wrapped(append(ours, 0x02)) // one value of 0
	tests := []struct{ name, body, want string }{
		{"good", fmt.Sprintf(`{"count": 1, "hdr_us": %q}`, one), ""},
		{"a number", `5`, "cannot unmarshal number"},
		{"no buckets", `{"count": 1}`, `hdr_us is ""...: `},
		{"not base64", `{"count": 1, "hdr_us": "?"}`, `hdr_us is "?"...: `},
		{"wide range", fmt.Sprintf(`{"count": 1, "hdr_us": %q}`, wrapped(append(header(1, math.MaxInt64, 5, 1), 0x02))), "with 5 digits; allowed: 1 to 600000000 microseconds with 3 digits"},
		{"another unit", fmt.Sprintf(`{"count": 1, "hdr_us": %q}`, wrapped(append(header(1, 600_000, 3, 1), 0x02))), "hdr_us has 1 to 600000 with 3 digits; allowed: 1 to 600000000"},
		{"truncated", fmt.Sprintf(`{"count": 1, "hdr_us": %q}`, wrapped(ours[:30])), "hdr_us is \"HISTF"},
		{"counts missing", fmt.Sprintf(`{"count": 1, "hdr_us": %q}`, wrapped(ours)), "hdr_us is \"HISTF"},
		{"another count", fmt.Sprintf(`{"count": 2, "hdr_us": %q}`, one), "count is 2; allowed: 1"},
		{"no values", fmt.Sprintf(`{"count": 0, "hdr_us": %q}`, wrapped(header(1, MaxDuration.Microseconds(), 3, 0))), "count is 0; allowed: 0, as hdr_us has it, and not 0"},
	}
	for _, tt := range tests {
		var h Encoded
		err := json.Unmarshal([]byte(tt.body), &h)
		if tt.want == "" && (err != nil || h.Count() != 1) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || h.Count() != 0) {
			t.Errorf("%s: count %d, error %v; want %q", tt.name, h.Count(), err, tt.want)
		}
	}
}

func FuzzEncoded(f *testing.F) {
	f.Add(append(header(1, MaxDuration.Microseconds(), 3, 1), 0x02), int64(1), int64(0), int64(0), int64(0))
	f.Add(append(header(1, MaxDuration.Microseconds(), 3, 3), 0xff, 0x01, 0x02), int64(1), int64(64000), int64(64000), int64(64000))
	f.Fuzz(func(t *testing.T, content []byte, count, sum, lowest, highest int64) {
		body, err := json.Marshal(encoded{count, time.Duration(sum), time.Duration(lowest), time.Duration(highest), wrapped(content)})
		if err != nil {
			t.Fatal(err)
		}
		var h, again Encoded
		if json.Unmarshal(body, &h) != nil {
			return
		}
		if body, err = json.Marshal(h); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(body, &again); err != nil || !maps.Equal(buckets(&again.Histogram), buckets(&h.Histogram)) {
			t.Errorf("accepted, but cannot be read back: %v", err)
		}
	})
}
