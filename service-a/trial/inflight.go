package trial

import (
	"context"
	"math/rand/v2"
	"time"

	"batchlab/service-a/measure"
)

// sampleEvery is the mean interval, unless there are many workers: counting them takes time.
func sampleEvery(workers int) time.Duration {
	return 4 * time.Millisecond * time.Duration(1+workers/1000)
}

// sampleInFlight counts the requests in flight at random times until ctx ends. Fixed intervals could
// beat with B's batches. It shares no clock with the latencies, so that each checks the other.
func sampleInFlight(ctx context.Context, workers int, inFlight func() int) (samples measure.InFlightSamples) {
	every := sampleEvery(workers)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(rand.N(2 * every))
		select {
		case <-timer.C:
			samples.Add(inFlight())
		case <-ctx.Done():
			return samples
		}
	}
}
