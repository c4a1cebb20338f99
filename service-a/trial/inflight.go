package trial

import (
	"context"
	"math/rand/v2"
	"time"

	"batchlab/service-a/measure"
)

// sampleInFlight counts the requests in flight at random times until ctx ends. Fixed intervals could
// beat with B's batches. It shares no clock with the latencies, so that each checks the other.
func sampleInFlight(ctx context.Context, workers int, inFlight func() int) (samples measure.InFlightSamples) {
	every := 4 * time.Millisecond * time.Duration(1+workers/1000) // counting many workers takes time
	for {
		select {
		case <-time.After(rand.N(2 * every)):
			samples.Add(inFlight())
		case <-ctx.Done():
			return samples
		}
	}
}
