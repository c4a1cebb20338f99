package measure

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// UnmarshalJSON implements json.Unmarshaler. It does not trust its input, whatever that claims to hold.
func (e *Encoded) UnmarshalJSON(body []byte) error {
	e.Histogram = Histogram{}
	if string(body) == "null" {
		return nil
	}
	var in encoded
	if err := json.Unmarshal(body, &in); err != nil {
		return err
	}
	hdr, err := decodeBuckets(in.HDR)
	if err != nil {
		return fmt.Errorf("hdr_us: %w", err)
	}
	e.Histogram = Histogram{hdr: hdr, sum: in.Sum, min: in.Min, max: in.Max}
	if err := e.check(in.Count); err != nil {
		e.Histogram = Histogram{}
		return err
	}
	return nil
}

const (
	maxEncoded = 1 << 19 // bytes; an honest histogram of our shape takes at most half of it
	headerSize = 40
)

// decodeBuckets allows only our own range and precision, so that a crafted header cannot allocate more memory than
// any histogram here takes.
func decodeBuckets(text string) (*hdrhistogram.Histogram, error) {
	if len(text) > maxEncoded {
		return nil, fmt.Errorf("it has %d bytes; allowed: at most %d", len(text), maxEncoded)
	}
	header, err := headerOf(text)
	if err != nil {
		return nil, err
	}
	empty, err := newBuckets().Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, err
	}
	own, err := headerOf(string(empty))
	if err != nil {
		return nil, err
	}
	const cookie, shape = 4, 12 // the length of the counts and an offset that readers ignore lie in between
	if !bytes.Equal(header[:cookie], own[:cookie]) || !bytes.Equal(header[shape:], own[shape:]) {
		return nil, errors.New("it is no histogram of 1 to 600000000 microseconds with 3 significant digits")
	}
	return hdrhistogram.Decode([]byte(text))
}

// headerOf returns the header inside the compression.
func headerOf(text string) ([]byte, error) {
	const uncompressed = 8 // a cookie and a length
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(body) < uncompressed {
		return nil, io.ErrUnexpectedEOF
	}
	z, err := zlib.NewReader(bytes.NewReader(body[uncompressed:]))
	if err != nil {
		return nil, err
	}
	header := make([]byte, headerSize)
	_, err = io.ReadFull(z, header)
	return header, err
}

// check reports what contradicts the buckets.
func (h *Histogram) check(count int64) error {
	n, lowest, highest := float64(h.Count()), h.hdr.Min(), h.hdr.Max()
	switch {
	case count != h.Count() || count == 0:
		return fmt.Errorf("count is %d, but its buckets hold %d", count, h.Count())
	case h.min < 0 || !h.hdr.ValuesAreEquivalent(recorded(h.min), lowest):
		return fmt.Errorf("min_ns is %d, but the lowest bucket begins at %d us", h.min, lowest)
	case !h.hdr.ValuesAreEquivalent(recorded(h.max), highest):
		return fmt.Errorf("max_ns is %d, but the highest bucket ends at %d us", h.max, highest)
	case float64(h.sum) < 0.999*n*float64(h.min) || float64(h.sum) > 1.001*n*float64(h.max):
		return fmt.Errorf("sum_ns is %d, but %d values lie between min_ns and max_ns", h.sum, count)
	}
	return nil
}
