package api

import (
	"encoding/json"
	"strconv"
	"time"
)

// The codes of replies other than 200.
const (
	CodeBusy             = "busy"               // 503: the queue is full
	CodeIncomplete       = "batch_incomplete"   // 504: the batch did not fill in time
	CodeInvalid          = "invalid"            // 400: bad JSON, or a wrong or missing field
	CodeTooLarge         = "too_large"          // 413: the body is over the limit
	CodeFailed           = "ai_failed"          // 500: the model failed, panicked or took too long
	CodeDraining         = "draining"           // 503: the server is shutting down
	CodeMethodNotAllowed = "method_not_allowed" // 405
	CodeNotFound         = "not_found"          // 404
	CodeCanceled         = "canceled"           // 499: the client disconnected, so it is unlikely to read this
	CodeInternal         = "internal"           // 500: a bug in the server
)

// Reply is the body of a 200.
type Reply struct {
	RecTS  Millis // ts as the client sent it
	RespTS Millis // when the server replied
	TSDiff Millis // RespTS - RecTS

	recTSLiteral string
}

// ReplyAt returns the reply to r at time now, in whole milliseconds if ts was whole, otherwise with three decimals.
func (r Request) ReplyAt(now time.Time) Reply {
	resp := MillisOf(now, r.TS.Fraction)
	return Reply{RecTS: r.TS, RespTS: resp, TSDiff: resp.Sub(r.TS), recTSLiteral: r.tsLiteral}
}

// AppendJSON appends the body of a 200.
func (r Reply) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"rec_ts":`...)
	if r.recTSLiteral != "" {
		dst = append(dst, r.recTSLiteral...)
	} else {
		dst = r.RecTS.AppendJSON(dst)
	}
	dst = append(dst, `,"resp_ts":`...)
	dst = r.RespTS.AppendJSON(dst)
	dst = append(dst, `,"ts_diff":`...)
	dst = r.TSDiff.AppendJSON(dst)
	return append(dst, '}')
}

// ErrorReply is the body of every reply that is not 200.
type ErrorReply struct {
	Error string `json:"error"`
	Code  string `json:"code"`
	Busy  string `json:"busy,omitempty"` // only with CodeBusy: the original client checks for this field
}

// AppendJSON appends the body of a reply that is not 200.
func (e ErrorReply) AppendJSON(dst []byte) []byte {
	body, _ := json.Marshal(e) // strings always marshal
	return append(dst, body...)
}

// Answer is a reply as a client sees it, from this server or the original one (200 with "error" or "busy").
type Answer struct {
	RecTS     Millis
	HasRecTS  bool // rec_ts is present and a number
	TSDiff    Millis
	HasTSDiff bool // ts_diff is present and a number
	Code      string
	HasError  bool
	HasBusy   bool
}

// DecodeAnswer decodes a reply of any status. It fails only if body is not a JSON object.
func DecodeAnswer(body []byte) (Answer, error) {
	if a, ok := decodePlainAnswer(body); ok {
		return a, nil
	}
	return decodeAnyAnswer(body)
}

// IsTo reports whether a may be the reply to the request with that ts: its rec_ts is that ts, or, as the original
// server cuts the fraction off, a whole number less than a millisecond away. Without a rec_ts it may.
func (a Answer) IsTo(ts Millis) bool {
	apart := a.RecTS.Sub(ts).Micros
	return !a.HasRecTS || apart == 0 || !a.RecTS.Fraction && -1000 < apart && apart < 1000
}

// decodePlainAnswer decodes the body of a 200 with exactly our fields. All else is left to decodeAnyAnswer.
func decodePlainAnswer(body []byte) (a Answer, ok bool) {
	s := scanner{rest: body}
	for s.next() {
		var number *Millis
		var has *bool
		switch string(s.key) {
		case "resp_ts":
			continue
		case "rec_ts":
			number, has = &a.RecTS, &a.HasRecTS
		case "ts_diff":
			number, has = &a.TSDiff, &a.HasTSDiff
		default:
			return Answer{}, false
		}
		if *has || s.isString {
			return Answer{}, false
		}
		if *number, *has = parseMillis(s.value); !*has {
			return Answer{}, false
		}
	}
	return a, s.ok
}

// parseMillis rounds a number literal to microseconds, because a server that subtracts floats sends more decimals.
func parseMillis(literal []byte) (m Millis, ok bool) {
	if m, ok = parsePlainMillis(literal); ok {
		return m, true
	}
	ms, err := strconv.ParseFloat(string(literal), 64)
	if err != nil {
		return Millis{}, false
	}
	return millisOf(ms)
}

func decodeAnyAnswer(body []byte) (Answer, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return Answer{}, bodyError(body, err)
	}
	if fields == nil {
		return Answer{}, &FieldError{"body", "null, want a JSON object"}
	}
	var a Answer
	a.RecTS, a.HasRecTS = numberOf(fields["rec_ts"])
	a.TSDiff, a.HasTSDiff = numberOf(fields["ts_diff"])
	_, a.HasBusy = fields["busy"]
	_, a.HasError = fields["error"]
	a.Code = textOf(fields["code"])
	return a, nil
}

// numberOf returns a JSON number in milliseconds; ok is false if it is missing, no number, or out of range.
func numberOf(raw json.RawMessage) (m Millis, ok bool) {
	m, _, err := decodeTS(raw)
	return m, err == nil
}

// textOf returns the text of a JSON string, and any other value verbatim.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return excerpt(raw)
}
