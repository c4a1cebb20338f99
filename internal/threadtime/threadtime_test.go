package threadtime_test

import (
	"runtime"
	"testing"
	"time"

	"batchlab/internal/threadtime"
)

func TestNowIsCPUTimeOfTheThread(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start, ok := threadtime.Now()
	if !ok {
		t.Skip("threads have no CPU clock here")
	}
	begin := time.Now()
	time.Sleep(50 * time.Millisecond) // uses no CPU time
	slept, _ := threadtime.Now()
	if elapsed := time.Since(begin); slept-start >= elapsed {
		t.Errorf("%v of CPU time in %v, asleep", slept-start, elapsed)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if used, _ := threadtime.Now(); used-slept >= 10*time.Millisecond {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("after a minute of computing, less than 10 ms of CPU time")
		}
	}
}
