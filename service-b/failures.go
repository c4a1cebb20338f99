package main

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"batchlab/service-b/batch"
)

// failureLog logs failed calls of the model, one a second at most: a model that is broken fails
// thousands of times a second. Safe for concurrent use.
type failureLog struct {
	log *slog.Logger

	mu       sync.Mutex
	last     time.Time
	unlogged int
}

func (f *failureLog) add(b batch.Batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.last) < time.Second {
		f.unlogged++
		return
	}
	attributes := []any{"requests", b.Size, "after", b.Duration, "error", b.Err, "not_logged_before", f.unlogged}
	if panicked, ok := errors.AsType[*batch.PanicError](b.Err); ok {
		attributes = append(attributes, "stack", string(panicked.Stack))
	}
	f.log.Warn("AI call failed", attributes...)
	f.last, f.unlogged = time.Now(), 0
}
