package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"batchlab/service-b/api"
)

// The terminal, the JSON report and Prometheus show the same numbers.
func TestReportsAgree(t *testing.T) {
	var n atomic.Int64
	target := start(t, func(w http.ResponseWriter, r *http.Request) {
		switch i := n.Add(1); {
		case i%10 == 0:
			refuse(w, http.StatusInternalServerError, api.CodeFailed)
			return
		case i%100 == 1:
			time.Sleep(20 * time.Millisecond)
		}
		serve(w, r)
	})
	for _, environ := range [][]string{{"REQUESTS=3000"}, {"REQUESTS=1000", "RATE=1000"}} {
		t.Run(strings.Join(environ, " "), func(t *testing.T) {
			dir := t.TempDir()
			cfg, err := parseConfig(append(environ, "TARGET_URL="+target, "TARGET_ADMIN_URL=none", "CONCURRENCY=50", "REQUEST_TIMEOUT=1m", "REPORT_DIR="+dir))
			if err != nil {
				t.Fatal(err)
			}
			var screen bytes.Buffer
			session, err := newSession(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := publish(session.Run(t.Context(), cfg.trial()), cfg, &screen); err != nil {
				t.Fatal(err)
			}
			document := readDocument(t, dir)
			families := gather(t, session.Figures())
			agreeOnCounts(t, document, families["loadgen_requests_total"])
			for _, names := range [][3]string{
				{"ts_diff", "ts_diff_ms", "loadgen_ts_diff_seconds"}, {"latency", "latency_ms", "loadgen_latency_seconds"},
				{"sent late by", "schedule_lag_ms", "loadgen_schedule_lag_seconds"},
			} {
				figures, ok := document[names[1]].(map[string]any)
				if ok != (cfg.Rate > 0 || names[0] != "sent late by") {
					t.Fatalf("%s is %v", names[1], document[names[1]])
				}
				if ok {
					agreeOnTable(t, screen.String(), names[0], figures)
					agreeOnHistogram(t, families[names[2]].GetMetric()[0].GetHistogram(), names[2], figures)
				}
			}
		})
	}
}

func readDocument(t *testing.T, dir string) (document map[string]any) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("reports: %v (%v)", files, err)
	}
	body, err := os.ReadFile(files[0])
	if err == nil {
		err = json.Unmarshal(body, &document)
	}
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func agreeOnCounts(t *testing.T, document map[string]any, family *dto.MetricFamily) {
	t.Helper()
	counts := document["requests"].(map[string]any)
	var sum float64
	for _, m := range family.GetMetric() {
		outcome := m.GetLabel()[0].GetValue()
		if counts[outcome] != m.GetCounter().GetValue() {
			t.Errorf("%s is %v in the report, %g in Prometheus", outcome, counts[outcome], m.GetCounter().GetValue())
		}
		sum += m.GetCounter().GetValue()
	}
	if sum != counts["sent"] || sum == 0 {
		t.Errorf("sent is %v in the report, %g in Prometheus", counts["sent"], sum)
	}
}

func agreeOnTable(t *testing.T, screen, name string, figures map[string]any) {
	t.Helper()
	var want []string
	for _, column := range []string{"mean", "min", "p50", "p90", "p95", "p99", "p999", "max"} {
		want = append(want, fmt.Sprintf("%.3f", figures[column]))
	}
	for line := range strings.Lines(screen) {
		if row, ok := strings.CutPrefix(line, name); ok && slices.Equal(strings.Fields(row), want) {
			return
		}
	}
	t.Errorf("no line %q with %s in\n%s", name, want, screen)
}

// agreeOnHistogram expects the exact mean, and each percentile within its native bucket.
func agreeOnHistogram(t *testing.T, h *dto.Histogram, name string, figures map[string]any) {
	t.Helper()
	if mean := h.GetSampleSum() / float64(h.GetSampleCount()) * 1000; math.Abs(mean-figures["mean"].(float64)) > 0.001 {
		t.Errorf("%s: mean %g ms, the report has %v", name, mean, figures["mean"])
	}
	for column, share := range map[string]float64{"p50": 0.5, "p90": 0.9, "p99": 0.99} {
		rank := share * float64(h.GetSampleCount()) // a percentile between two ranks may be either
		low, _ := bucketOf(h, uint64(math.Floor(rank)))
		_, high := bucketOf(h, uint64(math.Ceil(rank)))
		if got := figures[column].(float64) / 1000; got < low*0.998-2e-6 || got > high*1.002+2e-6 {
			t.Errorf("%s: %s is %g s in the report, and in the bucket from %g to %g in Prometheus", name, column, got, low, high)
		}
	}
}

// bucketOf is the native bucket that holds the value of that rank.
func bucketOf(h *dto.Histogram, rank uint64) (low, high float64) {
	seen := h.GetZeroCount()
	if seen >= rank {
		return 0, h.GetZeroThreshold()
	}
	factor := math.Pow(2, math.Pow(2, -float64(h.GetSchema())))
	index, delta, count := int32(0), 0, int64(0)
	for _, span := range h.GetPositiveSpan() {
		index += span.GetOffset()
		for range span.GetLength() {
			count += h.GetPositiveDelta()[delta]
			delta++
			seen += uint64(count)
			if seen >= rank {
				return math.Pow(factor, float64(index-1)), math.Pow(factor, float64(index))
			}
			index++
		}
	}
	return math.Inf(1), math.Inf(1)
}
