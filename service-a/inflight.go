package main

import (
	"context"
	"math/rand/v2"
	"time"

	"batchlab/service-a/measure"
)

const lookEvery = 4 * time.Millisecond // on average, with few workers

// lookInterval is how often the requests in flight are counted: less often when that takes long.
func lookInterval(workers int) time.Duration {
	return lookEvery * time.Duration(1+workers/1000)
}

// countInFlight counts the requests in flight at random times until ctx ends, apart from all clocks
// by which latencies are measured: a regular beat could agree with that of B's batches.
func countInFlight(ctx context.Context, workers int, inFlight func() int) (seen measure.InFlight) {
	every := lookInterval(workers)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(rand.N(2 * every))
		select {
		case <-timer.C:
			seen.Add(inFlight())
		case <-ctx.Done():
			return seen
		}
	}
}
