package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"batchlab/service-a/measure"
)

func shown(p Progress, qps []float64, width int) string {
	var b strings.Builder
	for _, line := range block(p, qps, width, glyphsFor([]string{"LANG=C.UTF-8"})) {
		b.WriteString(line.label + line.text + "\n")
	}
	return b.String()
}

// Golden files pin the block at several widths.
func TestBlock(t *testing.T) {
	qps := make([]float64, 100)
	for i := range qps {
		qps[i] = float64(7000 + 100*(i%10))
	}
	byNumber := progress()
	byNumber.Duration, byNumber.Requests, byNumber.Handled = 0, 2000, 820
	byNumber.CPU, byNumber.Server = measure.CPU{}, measure.Server{}
	silent := progress() // no reply since the last one
	silent.QPS, silent.P50, silent.P99, silent.Replies = 0, 0, 0, 0
	stopping := progress()
	stopping.Stopping = true
	robbed := progress()
	robbed.CPU.StealPercent = new(7.4)
	for name, tt := range map[string]struct {
		p     Progress
		qps   []float64
		width int
	}{
		"block_80.txt":        {progress(), qps, 79},
		"block_60.txt":        {progress(), qps[:5], 59},
		"block_200.txt":       {progress(), qps, 199},
		"block_requests.txt":  {byNumber, qps[:20], 79},
		"block_steal.txt":     {robbed, qps, 79},
		"block_silent.txt":    {silent, qps, 79},
		"block_stopping.txt":  {stopping, qps, 79},
		"block_beginning.txt": {Progress{Elapsed: time.Second, Warmup: 5 * time.Second, InFlight: 127}, []float64{0}, 79},
	} {
		golden(t, name, []byte(shown(tt.p, tt.qps, tt.width)))
	}
}

func TestBlockNeverWraps(t *testing.T) {
	for width := range 130 {
		for line := range strings.Lines(shown(progress(), make([]float64, 120), width)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns in %d: %q", n, width, line)
			}
		}
	}
}

func TestEnd(t *testing.T) {
	tests := []struct {
		p        Progress
		text     string
		fraction float64
	}{
		{Progress{}, "", 0},
		{Progress{Elapsed: 15 * time.Second, Duration: 30 * time.Second}, "30s", 0.5},
		{Progress{Elapsed: 45 * time.Second, Duration: 30 * time.Second}, "30s", 1},
		{Progress{Handled: 500, Requests: 2000}, "2000 requests", 0.25},
		{Progress{Elapsed: 15 * time.Second, Duration: 30 * time.Second, Handled: 500, Requests: 2000}, "30s", 0.5},
		{Progress{Elapsed: 3 * time.Second, Duration: 30 * time.Second, Handled: 500, Requests: 2000}, "2000 requests", 0.25},
	}
	for _, tt := range tests {
		if text, fraction := tt.p.end(); text != tt.text || fraction != tt.fraction {
			t.Errorf("%+v: %q %g, want %q %g", tt.p, text, fraction, tt.text, tt.fraction)
		}
	}
}

func TestSparkline(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   string
	}{{[]float64{0, 0}, "▁▁"}, {[]float64{0, 50, 100}, "▁▄█"}, {[]float64{100}, "█"}} {
		if got := sparkline(tt.values, glyphsFor([]string{"LANG=C.UTF-8"})); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.values, got, tt.want)
		}
	}
}
