package main

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	ai "batchlab/service-b/model"
)

// A call gives its thread back. A thread that stays locked ends with its goroutine, and each call would need a new one.
func TestCallsKeepTheirThreads(t *testing.T) {
	infer := withCPUTime(ai.Noop{}.Infer, prometheus.NewCounter(prometheus.CounterOpts{Name: "total"}))
	threads := make(chan int, 50)
	for range cap(threads) {
		var call sync.WaitGroup
		call.Go(func() {
			_, _ = infer(t.Context(), []string{"a"})
			threads <- syscall.Gettid()
		})
		call.Wait()
	}
	close(threads)
	for id := range threads {
		if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", id)); err != nil {
			t.Errorf("thread %d has ended: %v", id, err)
		}
	}
}
