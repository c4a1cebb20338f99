package load

import (
	"strings"
	"testing"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-b/api"
)

func TestClassify(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   measure.Outcome
		tsDiff time.Duration
		cause  string
	}{
		{"served", 200, `{"rec_ts":1764000000000.123,"resp_ts":1764000000012.373,"ts_diff":12.250}`, measure.OK, 12250 * time.Microsecond, ""},
		{"served by an original B", 200, `{"rec_ts": 1764000000000, "resp_ts": 1764000000012, "ts_diff": 12}`, measure.OK, 12 * time.Millisecond, ""},
		{"clocks apart", 200, `{"rec_ts":1764000000000.123,"resp_ts":1763999999997.123,"ts_diff":-3}`, measure.OK, -3 * time.Millisecond, ""},
		{"queue full", 503, `{"error":"e","code":"busy","busy":"b"}`, measure.Busy, 0, "503 busy"},
		{"draining", 503, `{"error":"e","code":"draining"}`, measure.Busy, 0, "503 draining"},
		{"some proxy's 503", 503, `<html>`, measure.Busy, 0, "503"},
		{"an original B is busy", 200, `{"busy": "\u8bf7"}`, measure.Busy, 0, "200 with busy"},
		{"batch incomplete", 504, `{"error":"e","code":"batch_incomplete"}`, measure.Incomplete, 0, "504 batch_incomplete"},
		{"an original B's batch is incomplete", 200, `{"error": "\u8bf7"}`, measure.Incomplete, 0, "200 with error"},
		{"some proxy's 504", 504, ``, measure.Failed, 0, "504"},
		{"invalid", 400, `{"error":"ts: missing","code":"invalid"}`, measure.Rejected, 0, "400 invalid"},
		{"too large", 413, `{"error":"e","code":"too_large"}`, measure.Rejected, 0, "413 too_large"},
		{"wrong method", 405, `{"error":"e","code":"method_not_allowed"}`, measure.Rejected, 0, "405 method_not_allowed"},
		{"wrong path", 404, `404 page not found`, measure.Rejected, 0, "404"},
		{"moved", 301, ``, measure.Rejected, 0, "301"},
		{"model failed", 500, `{"error":"e","code":"ai_failed"}`, measure.Failed, 0, "500 ai_failed"},
		{"not JSON", 200, `ok`, measure.Malformed, 0, "200 that is not JSON"},
		{"empty", 200, ``, measure.Malformed, 0, "200 that is not JSON"},
		{"null", 200, `null`, measure.Malformed, 0, "200 that is not JSON"},
		{"no ts_diff", 200, `{"rec_ts":1}`, measure.Malformed, 0, "200 without a ts_diff"},
		{"ts_diff is no number", 200, `{"ts_diff":"12"}`, measure.Malformed, 0, "200 without a ts_diff"},
		{"the reply to another request", 200, `{"rec_ts":1764000000000.122,"resp_ts":1764000000012.373,"ts_diff":12.251}`, measure.Malformed, 0, "200 to another request"},
		{"no rec_ts", 200, `{"ts_diff":12}`, measure.OK, 12 * time.Millisecond, ""},
		{"no content", 204, ``, measure.Malformed, 0, "204"},
	}
	sent := api.MillisOf(time.UnixMicro(1764000000000_123), true)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			outcome, tsDiff, cause := classify(tt.status, []byte(tt.body), sent)
			if outcome != tt.want || tsDiff != tt.tsDiff || cause != tt.cause {
				t.Errorf("%v, %v, %q; want %v, %v, %q", outcome, tsDiff, cause, tt.want, tt.tsDiff, tt.cause)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		header string
		want   time.Duration
	}{
		{"", -1},
		{"7", 7 * time.Second},
		{"0", 0},
		{"-1", -1},
		{"soon", -1},
		{"Fri, 02 Jan 2026 03:04:15 GMT", 10 * time.Second},
		{"Fri, 02 Jan 2026 03:04:00 GMT", 0},
		{"90", 90 * time.Second}, // the most that B asks for
		{"120", mostRetryAfter},
		{"121", mostRetryAfter},
		{"9223372037", mostRetryAfter}, // in nanoseconds it overflows
		{"18446744074", mostRetryAfter},
		{"9223372036854775808", mostRetryAfter},
		{"99999999999999999999", mostRetryAfter},
		{"-99999999999999999999", -1},
		{"1e3", -1},
		{"1.5", -1},
		{"Fri, 02 Jan 2026 04:04:05 GMT", mostRetryAfter},
		{"Fri, 31 Dec 9999 23:59:59 GMT", mostRetryAfter},
		{"Fri, 02 Jan 0001 03:04:00 GMT", 0},
	}
	for _, tt := range tests {
		if got := retryAfter(tt.header, now); got != tt.want {
			t.Errorf("Retry-After %q means %v, want %v", tt.header, got, tt.want)
		}
	}
}

func TestExample(t *testing.T) {
	if got := example([]byte("a\r\nb\x1b[2J\xff")); got != "a  b [2J�" {
		t.Errorf("example %q can still disturb a terminal", got)
	}
	if got := example(nil); got != "(empty body)" {
		t.Errorf("example of nothing = %q", got)
	}
	if got := example([]byte(strings.Repeat("x", 1000))); got != strings.Repeat("x", 200)+"..." {
		t.Errorf("a long body is quoted as %d bytes", len(got))
	}
}
