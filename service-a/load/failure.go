package load

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/valyala/fasthttp"

	"batchlab/service-a/measure"
)

// failure returns the outcome and the cause of a call that ended with err. Causes are counted by name.
func failure(err error) (measure.Outcome, string) {
	if isTimeout(err) {
		return measure.Timeout, "no complete reply within REQUEST_TIMEOUT"
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return measure.Connection, errno.Error()
	}
	switch {
	case errors.Is(err, errNoAddress):
		return measure.Connection, "host name not resolved"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return measure.Connection, "closed by the server before the reply was complete"
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return measure.Connection, "connection failed"
	}
	return measure.Malformed, "not an HTTP reply"
}

func isTimeout(err error) bool {
	if errors.Is(err, fasthttp.ErrTimeout) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	netErr, ok := errors.AsType[net.Error](err)
	return ok && netErr.Timeout()
}
