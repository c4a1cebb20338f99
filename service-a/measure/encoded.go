package measure

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Encoded is a histogram as a program can read it back: every bucket in HdrHistogram's own encoding, beside
// the figures that buckets only round. In JSON an empty one is null.
type Encoded struct{ Histogram }

type encoded struct {
	Count int64         `json:"count"`
	Sum   time.Duration `json:"sum_ns"`
	Min   time.Duration `json:"min_ns"`
	Max   time.Duration `json:"max_ns"`
	HDR   string        `json:"hdr_us"` // V2, compressed, base64; values in microseconds, at most MaxDuration
}

// MarshalJSON implements json.Marshaler.
func (e Encoded) MarshalJSON() ([]byte, error) {
	if e.Count() == 0 {
		return []byte("null"), nil
	}
	buckets, err := e.hdr.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, err
	}
	return json.Marshal(encoded{e.Count(), e.sum, e.min, e.max, string(buckets)})
}

// UnmarshalJSON implements json.Unmarshaler. It refuses buckets that cannot be merged with ours.
func (e *Encoded) UnmarshalJSON(body []byte) error {
	e.Histogram = Histogram{}
	var in encoded
	if err := json.Unmarshal(body, &in); err != nil || string(body) == "null" {
		return err
	}
	hdr, err := hdrhistogram.Decode([]byte(in.HDR))
	switch own := newBuckets(); {
	case err != nil:
		return fmt.Errorf("hdr_us is %.9q...: %w", in.HDR, err)
	case hdr.LowestTrackableValue() != own.LowestTrackableValue() || hdr.HighestTrackableValue() != own.HighestTrackableValue() || hdr.SignificantFigures() != own.SignificantFigures():
		return fmt.Errorf("hdr_us has %d to %d with %d digits; allowed: %d to %d microseconds with %d digits", hdr.LowestTrackableValue(),
			hdr.HighestTrackableValue(), hdr.SignificantFigures(), own.LowestTrackableValue(), own.HighestTrackableValue(), own.SignificantFigures())
	case in.Count != hdr.TotalCount() || in.Count == 0:
		return fmt.Errorf("count is %d; allowed: %d, as hdr_us has it, and not 0", in.Count, hdr.TotalCount())
	}
	e.Histogram = Histogram{hdr: hdr, sum: in.Sum, min: in.Min, max: in.Max}
	return nil
}
