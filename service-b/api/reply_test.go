package api_test

import (
	"testing"

	"batchlab/service-b/api"
)

func TestDecodeAnswer(t *testing.T) {
	ms := func(micros int64, fraction bool) api.Millis { return api.Millis{Micros: micros, Fraction: fraction} }
	tests := []struct {
		body string
		want api.Answer
	}{
		{`{"rec_ts":1,"resp_ts":101,"ts_diff":100}`, api.Answer{TSDiff: ms(100000, false), HasTSDiff: true}},
		{`{"rec_ts":1.5,"resp_ts":101.75,"ts_diff":100.250}`, api.Answer{TSDiff: ms(100250, true), HasTSDiff: true}},
		{`{"rec_ts":1764000000000.123,"resp_ts":1764000000000.4685,"ts_diff":0.345458984375}`, api.Answer{TSDiff: ms(345, true), HasTSDiff: true}},
		{`{"ts_diff":5e-05,"rec_ts":1}`, api.Answer{TSDiff: ms(0, true), HasTSDiff: true}},
		{`{"ts_diff":1e99}`, api.Answer{}},
		{`{"ts_diff": 7, "rec_ts": 1, "resp_ts": 8, "host": "x"}`, api.Answer{TSDiff: ms(7000, false), HasTSDiff: true}},
		{`{"error":"full","code":"busy","busy":"full"}`, api.Answer{Code: "busy", HasError: true, HasBusy: true}},
		{`{"busy": "\u8bf7\u6c42"}`, api.Answer{HasBusy: true}},
		{`{"error": 1, "code": {"why": 1}}`, api.Answer{Code: `{"why": 1}`, HasError: true}},
		{`{"ts_diff": "7"}`, api.Answer{}},
		{`{}`, api.Answer{}},
	}
	for _, tt := range tests {
		if got, err := api.DecodeAnswer([]byte(tt.body)); err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v; want %+v", tt.body, got, err, tt.want)
		}
	}
	for _, body := range []string{``, `NULL`, `null`, `<html>`, `[1]`, `{"ts_diff":1`} {
		if got, err := api.DecodeAnswer([]byte(body)); err == nil {
			t.Errorf("%s: got %+v, want an error", body, got)
		}
	}
}
