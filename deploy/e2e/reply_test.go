//go:build e2e

package e2e

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Replies as Prometheus sends them. A value that is not a number must not pass for one.
func TestReplies(t *testing.T) {
	for _, c := range []struct {
		name, result string
		value, mean  float64
	}{
		{"nothing", ``, math.NaN(), math.NaN()},
		{"a number", `{"metric": {}, "value": [1, "2.5"]}`, 2.5, math.NaN()},
		{"NaN", `{"metric": {}, "value": [1, "NaN"]}`, math.NaN(), math.NaN()},
		{"a histogram", `{"metric": {}, "histogram": [1, {"count": "4", "sum": "10", "buckets": [[0, "1", "2", "3"], [0, "2", "4", "1"]]}]}`, math.NaN(), 2.5},
		{"a histogram that does not add up", `{"metric": {}, "histogram": [1, {"count": "4", "sum": "10", "buckets": [[0, "1", "2", "3"]]}]}`, math.NaN(), math.NaN()},
		{"an empty histogram", `{"metric": {}, "histogram": [1, {"count": "0", "sum": "0"}]}`, math.NaN(), math.NaN()},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"data": {"result": [`+c.result+`]}}`)
		}))
		p := &prometheus{url: server.URL}
		mean := math.NaN()
		for _, s := range p.query(t, "up") {
			mean = s.mean()
		}
		if value := p.value(t, "up"); !equal(value, c.value) || !equal(mean, c.mean) {
			t.Errorf("%s is %v with the mean %v, want %v and %v", c.name, value, mean, c.value, c.mean)
		}
		server.Close()
	}
}

func equal(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
