package load

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"batchlab/service-a/measure"
	"batchlab/service-b/api"
)

// anotherRequest is the cause of a late or repeated reply to an earlier request. The replies that follow it on the
// connection are off by one as well.
const anotherRequest = "200 to another request"

var (
	errNoAddress       = errors.New("the host name has no address")
	errBodyTooLarge    = errors.New("reply with a body over 1 MB")  // maxReply
	errHeadersTooLarge = errors.New("reply with headers over 4 KB") // readBuffer
)

// classify returns the outcome of the reply to a request that was sent at that time. It comes from our B or from the
// original one, which answers everything with 200.
func classify(status int, body []byte, sent api.Millis) (o measure.Outcome, tsDiff time.Duration, cause string) {
	answer, err := api.DecodeAnswer(body)
	if status == 200 {
		switch {
		case err != nil:
			return measure.Malformed, 0, "200 that is not JSON"
		case answer.HasBusy:
			return measure.Busy, 0, "200 with busy"
		case answer.HasError:
			return measure.Incomplete, 0, "200 with error"
		case !answer.HasTSDiff:
			return measure.Malformed, 0, "200 without a ts_diff"
		case !answer.IsTo(sent):
			return measure.Malformed, 0, anotherRequest
		}
		return measure.OK, answer.TSDiff.Duration(), ""
	}
	return outcomeOf(status, answer), 0, strings.TrimSpace(fmt.Sprintf("%d %s", status, answer.Code))
}

func outcomeOf(status int, answer api.Answer) measure.Outcome {
	switch {
	case status == 503 || answer.Code == api.CodeBusy:
		return measure.Busy
	case answer.Code == api.CodeIncomplete:
		return measure.Incomplete
	case status >= 500:
		return measure.Failed
	case status >= 300:
		return measure.Rejected
	}
	return measure.Malformed
}

// failure returns the outcome and the cause of a call that ended with err. Reports count causes by name.
func failure(err error) (measure.Outcome, string) {
	type timeout interface { // contexts, files, connections and fasthttp have one each
		error
		Timeout() bool
	}
	if t, ok := errors.AsType[timeout](err); ok && t.Timeout() {
		return measure.Timeout, "no complete reply within REQUEST_TIMEOUT"
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return measure.Connection, errno.Error()
	}
	switch {
	case errors.Is(err, errNoAddress):
		return measure.Connection, "host name not resolved"
	case errors.Is(err, errBodyTooLarge):
		return measure.Malformed, errBodyTooLarge.Error()
	case errors.Is(err, errHeadersTooLarge):
		return measure.Malformed, errHeadersTooLarge.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return measure.Connection, "closed by the server before the reply was complete"
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return measure.Connection, "connection failed"
	}
	return measure.Malformed, "not an HTTP reply"
}

// example shortens a body so that it fits on one line of a report.
func example(body []byte) string {
	const most = 200
	if len(body) == 0 {
		return "(empty body)"
	}
	if len(body) > most {
		body = append(body[:most:most], "..."...)
	}
	text := strings.ToValidUTF8(string(body), string(utf8.RuneError))
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, text)
}
