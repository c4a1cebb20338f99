package model

import (
	"runtime"
	"time"
)

const (
	calibrationTime = 300 * time.Millisecond
	// sliceRounds is short enough, a fraction of a millisecond, for many slices to run undisturbed
	// even on a machine that is full.
	sliceRounds = 200_000
)

// calibrate measures how many rounds grind does in a second of CPU time. The fastest of many slices
// counts: others were held up by what else the processor had to do, and must not make the model cheaper.
func calibrate() float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fastest := time.Duration(1<<63 - 1)
	for end := time.Now().Add(calibrationTime); time.Now().Before(end); {
		elapsed := stopwatch()
		grind(sliceRounds)
		if took := elapsed(); took > 0 { // where the clock is too coarse, this slice tells nothing
			fastest = min(fastest, took)
		}
	}
	return sliceRounds / fastest.Seconds()
}
