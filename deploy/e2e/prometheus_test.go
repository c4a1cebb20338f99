//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// prometheus is a lab's Prometheus. At is the time of its queries, by default now.
type prometheus struct {
	url string
	at  time.Time
	// describe says what helps to see why something did not come about.
	describe func(*testing.T) string
}

// sample is one series of an instant query: a number, or a native histogram.
type sample struct {
	Metric    map[string]string
	Value     [2]any
	Histogram []json.RawMessage // the time and the histogram
}

// number is NaN for a histogram.
func (s sample) number() float64 { return parseNumber(s.Value[1]) }

func parseNumber(v any) float64 {
	text, _ := v.(string)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// mean of a histogram's observations; NaN if it is no histogram, if it is empty, or if its buckets do not add up.
func (s sample) mean() float64 {
	if len(s.Histogram) != 2 {
		return math.NaN()
	}
	var h struct {
		Count, Sum string
		Buckets    [][4]any // boundary rule, lower, upper, count
	}
	if err := json.Unmarshal(s.Histogram[1], &h); err != nil {
		return math.NaN()
	}
	var inBuckets float64
	for _, bucket := range h.Buckets {
		inBuckets += parseNumber(bucket[3])
	}
	count := parseNumber(h.Count)
	if math.Abs(inBuckets-count) > count/1000 {
		return math.NaN()
	}
	return parseNumber(h.Sum) / count
}

// query asks for the value of an expression.
func (p *prometheus) query(t *testing.T, expr string) []sample {
	t.Helper()
	samples, err := p.tryQuery(t, expr)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return samples
}

func (p *prometheus) tryQuery(t *testing.T, expr string) ([]sample, error) {
	t.Helper()
	question := url.Values{"query": {expr}}
	if !p.at.IsZero() {
		question.Set("time", p.at.UTC().Format(time.RFC3339Nano))
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/v1/query?"+question.Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var reply struct {
		Error string
		Data  struct{ Result []sample }
	}
	if err := json.NewDecoder(response.Body).Decode(&reply); err != nil {
		return nil, err
	}
	if reply.Error != "" {
		return nil, fmt.Errorf("%s", reply.Error)
	}
	return reply.Data.Result, nil
}

// value is for an expression of at most one series; without any it is NaN.
func (p *prometheus) value(t *testing.T, expr string) float64 {
	t.Helper()
	samples := p.query(t, expr)
	switch len(samples) {
	case 0:
		return math.NaN()
	case 1:
		return samples[0].number()
	default:
		t.Fatalf("%s has %d series, want one: %v", expr, len(samples), samples)
		return math.NaN()
	}
}

// eventually waits for a comparison like `sum(up) == 5` to hold, and returns how long that took.
func (p *prometheus) eventually(t *testing.T, within time.Duration, comparison string) time.Duration {
	t.Helper()
	start := time.Now()
	for {
		if len(p.query(t, comparison)) > 0 {
			return time.Since(start).Round(100 * time.Millisecond)
		}
		if time.Since(start) > within {
			t.Fatalf("not within %v: %s\n%s", within, comparison, p.describe(t))
		}
		time.Sleep(250 * time.Millisecond)
	}
}

// describe is what the engine and Prometheus say.
func (l *lab) describe(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString(l.compose(t, "ps", "--all"))
	text.WriteString(l.compose(t, "logs", "--tail", "10"))
	for _, expr := range []string{"up", `job_instance_outcome:requests:rate5s > 0`} {
		for _, s := range l.query(t, expr) {
			fmt.Fprintln(&text, s.Metric, s.number())
		}
	}
	return text.String()
}
