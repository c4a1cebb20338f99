package model

import (
	"runtime"
	"time"

	"batchlab/internal/threadtime"
)

const (
	calibrationTime = 300 * time.Millisecond
	// sliceRounds takes a fraction of a millisecond, so that many slices run undisturbed even on a busy machine.
	sliceRounds = 200_000
)

// calibrate measures how many rounds grind does in a second of CPU time. Only the fastest of many slices
// counts: other work disturbed the slower ones, and they would make the model too cheap.
func calibrate() float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fastest := time.Duration(1<<63 - 1)
	for end := time.Now().Add(calibrationTime); time.Now().Before(end); {
		start := threadTime()
		grind(sliceRounds)
		if took := threadTime() - start; took > 0 { // 0 if the clock is too coarse
			fastest = min(fastest, took)
		}
	}
	return sliceRounds / fastest.Seconds()
}

// threadTime is the CPU time of the thread. Without such a clock it is the time of day: an undisturbed slice takes as long on both.
func threadTime() time.Duration {
	if used, ok := threadtime.Now(); ok {
		return used
	}
	return time.Duration(time.Now().UnixNano())
}
