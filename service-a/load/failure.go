package load

import (
	"errors"
	"io"
	"net"
	"syscall"

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

// isTimeout also knows the timeouts of contexts, files and fasthttp.
func isTimeout(err error) bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && timeout.Timeout()
}
