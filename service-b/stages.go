package main

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"batchlab/service-b/batch"
)

// stage is a part of ts_diff.
type stage int

const (
	stageNetwork stage = iota // until the request was admitted: the client, the wire, reading it
	stageQueue                // until its call of the model started
	stageAI                   // the call
	stageReply                // until resp_ts was taken for the reply
	stages
)

func (s stage) String() string { return [stages]string{"network", "queue", "ai", "reply"}[s] }

// stageTimes sums up the stages in whole nanoseconds, spread over shards so that processors do not
// wait for each other. It costs less than a histogram, and less than an object per batch that its
// requests would have to share.
type stageTimes [16]struct {
	sums [stages]atomic.Int64
	_    [64]byte // shards do not share a cache line
}

// add splits tsDiff into stages that are never negative (a counter must not fall) and sum to it,
// even when the client's clock or its rounding puts ts after the arrival.
func (t *stageTimes) add(tsDiff, handled time.Duration, timing batch.Timing) {
	var d [stages]time.Duration
	d[stageNetwork] = max(0, tsDiff-handled)
	rest := tsDiff - d[stageNetwork]
	d[stageAI] = min(timing.Call, rest)
	d[stageQueue] = min(timing.Queue, rest-d[stageAI])
	d[stageReply] = rest - d[stageAI] - d[stageQueue]
	shard := &t[rand.IntN(len(t))]
	for s := range stages {
		shard.sums[s].Add(int64(d[s]))
	}
}

func (t *stageTimes) seconds(s stage) float64 {
	var sum int64
	for i := range t {
		sum += t[i].sums[s].Load()
	}
	return time.Duration(sum).Seconds()
}
