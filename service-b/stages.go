package main

import (
	"time"

	"batchlab/service-b/batch"
)

// stage is a part of ts_diff.
type stage int

const (
	stageNetwork stage = iota // from ts until the request was admitted: the client, the wire, reading it
	stageFill                 // until its batch was ready: see batch.Timing
	stageWorker               // until a worker was free and its call of the model started
	stageAI                   // the call
	stageReply                // until resp_ts was taken for the reply
	stages
)

func (s stage) String() string { return [stages]string{"network", "fill", "worker", "ai", "reply"}[s] }

// stagesOf splits a tsDiff from 0 up into stages that sum to it. None is negative, because a counter must not fall,
// even when the client's clock or its rounding puts ts after the arrival.
func stagesOf(tsDiff, handled time.Duration, timing batch.Timing) (d [stages]time.Duration) {
	d[stageNetwork] = max(0, tsDiff-handled)
	rest := tsDiff - d[stageNetwork]
	d[stageAI] = min(timing.Call, rest)
	rest -= d[stageAI]
	d[stageWorker] = min(timing.Worker, rest)
	rest -= d[stageWorker]
	d[stageFill] = min(timing.Fill, rest)
	d[stageReply] = rest - d[stageFill]
	return d
}
