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
		{`{"rec_ts":1,"resp_ts":101,"ts_diff":100}`, api.Answer{RecTS: ms(1000, false), HasRecTS: true, TSDiff: ms(100000, false), HasTSDiff: true}},
		{`{"rec_ts":1.5,"resp_ts":101.75,"ts_diff":100.250}`, api.Answer{RecTS: ms(1500, true), HasRecTS: true, TSDiff: ms(100250, true), HasTSDiff: true}},
		{`{"rec_ts":1764000000000.123,"resp_ts":1764000000000.4685,"ts_diff":0.345458984375}`, api.Answer{RecTS: ms(1764000000000123, true), HasRecTS: true, TSDiff: ms(345, true), HasTSDiff: true}},
		{`{"ts_diff":5e-05,"rec_ts":1}`, api.Answer{RecTS: ms(1000, false), HasRecTS: true, TSDiff: ms(0, true), HasTSDiff: true}},
		{`{"ts_diff":1e99}`, api.Answer{}},
		{`{"ts_diff": 7, "rec_ts": 1, "resp_ts": 8, "host": "x"}`, api.Answer{RecTS: ms(1000, false), HasRecTS: true, TSDiff: ms(7000, false), HasTSDiff: true}},
		{`{"error":"full","code":"busy","busy":"full"}`, api.Answer{Code: "busy", HasError: true, HasBusy: true}},
		{`{"busy": "\u8bf7\u6c42"}`, api.Answer{HasBusy: true}},
		{`{"error": 1, "code": {"why": 1}}`, api.Answer{Code: `{"why": 1}`, HasError: true}},
		{`{"ts_diff": "7"}`, api.Answer{}},
		{`{"rec_ts":"1","ts_diff":7}`, api.Answer{TSDiff: ms(7000, false), HasTSDiff: true}},
		{`{"rec_ts":1,"rec_ts":2}`, api.Answer{RecTS: ms(2000, false), HasRecTS: true}},
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

func TestAnswerIsTo(t *testing.T) {
	sent := api.Millis{Micros: 1764000000123_456, Fraction: true}
	tests := []struct {
		recTS string
		want  bool
	}{
		{"1764000000123.456", true},
		{"1764000000123.4561", true}, // a server that computes with floats
		{"1764000000123", true},      // the original server: int(ts)
		{"1764000000124", true},      // a server that rounds up
		{"1764000000123.455", false},
		{"1764000000123.457", false},
		{"1764000000122", false},
		{"1764000000125", false},
		{"0", false},
		{"-1764000000123.456", false},
		{`"1764000000122"`, true}, // not a number: it does not contradict
	}
	for _, tt := range tests {
		answer, err := api.DecodeAnswer([]byte(`{"rec_ts":` + tt.recTS + `,"ts_diff":1}`))
		if got := answer.IsTo(sent); err != nil || got != tt.want {
			t.Errorf("a reply with rec_ts %s is to the request at %s: %v (%v), want %v", tt.recTS, sent.AppendJSON(nil), got, err, tt.want)
		}
	}
	if none, err := api.DecodeAnswer([]byte(`{"ts_diff":1}`)); err != nil || !none.IsTo(sent) {
		t.Errorf("a reply without rec_ts is taken to belong to another request (%v)", err)
	}
}
