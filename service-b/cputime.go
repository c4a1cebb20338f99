package main

import (
	"context"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"batchlab/internal/threadtime"
	"batchlab/service-b/model"
)

// infer is model.Model's method.
type infer func(ctx context.Context, urls []string) ([]model.Result, error)

// withCPUTime returns f, whose calls add the CPU time of their thread to total, even if they panic. CPU time
// of goroutines that f starts is not in it. Each call in progress holds a thread, because a goroutine may
// otherwise move to another one.
func withCPUTime(f infer, total prometheus.Counter) infer {
	return func(ctx context.Context, urls []string) ([]model.Result, error) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		start, _ := threadtime.Now()
		defer func() {
			end, _ := threadtime.Now()
			total.Add((end - start).Seconds())
		}()
		return f(ctx, urls)
	}
}
