package main

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"batchlab/service-b/batch"
)

// failureLog logs at most one failure per second, because a broken model fails thousands of times per second. The
// warning counts the failures that were not logged. It is safe for concurrent use.
type failureLog struct {
	log *slog.Logger

	mu       sync.Mutex
	last     time.Time
	unlogged int
}

func (f *failureLog) warn(message string, attributes ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.last) < time.Second {
		f.unlogged++
		return
	}
	f.log.Warn(message, append(attributes, "not_logged_before", f.unlogged)...)
	f.last, f.unlogged = time.Now(), 0
}

// callFailed logs a failed call of the model.
func (f *failureLog) callFailed(b batch.Batch) {
	attributes := []any{"requests", b.Size, "after", b.Duration, "error", b.Err}
	if panicked, ok := errors.AsType[*batch.PanicError](b.Err); ok {
		attributes = append(attributes, "stack", string(panicked.Stack))
	}
	f.warn("AI call failed", attributes...)
}

// serverLog receives the log of an http.Server, line by line. A connection that cannot be accepted, for
// instance because too many files are open, is a warning. A panic is an error. All other lines are about
// a single client and are logged at debug level.
type serverLog struct{ accepting failureLog }

// Write logs one line.
func (l *serverLog) Write(line []byte) (int, error) {
	message := strings.TrimSuffix(string(line), "\n")
	problem, notAccepted := strings.CutPrefix(message, "http: Accept error: ")
	switch {
	case notAccepted:
		l.accepting.warn("connection not accepted", "error", problem)
	case strings.HasPrefix(message, "http: panic serving "):
		l.accepting.log.Error(message)
	default:
		l.accepting.log.Debug(message)
	}
	return len(line), nil
}
