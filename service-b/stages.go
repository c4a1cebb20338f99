package main

import (
	"time"

	"batchlab/service-b/batch"
)

// stage is a part of ts_diff.
type stage int

const (
	stageNetwork stage = iota // from ts until the request was admitted: the client, the wire, reading it
	stageQueue                // until its call of the model started
	stageAI                   // the call
	stageReply                // until resp_ts was taken for the reply
	stages
)

func (s stage) String() string { return [stages]string{"network", "queue", "ai", "reply"}[s] }

// stagesOf splits a tsDiff from 0 up into stages that sum to it. None is negative, because a counter must not fall,
// even when the client's clock or its rounding puts ts after the arrival.
func stagesOf(tsDiff, handled time.Duration, timing batch.Timing) (d [stages]time.Duration) {
	d[stageNetwork] = max(0, tsDiff-handled)
	rest := tsDiff - d[stageNetwork]
	d[stageAI] = min(timing.Call, rest)
	d[stageQueue] = min(timing.Queue, rest-d[stageAI])
	d[stageReply] = rest - d[stageAI] - d[stageQueue]
	return d
}
