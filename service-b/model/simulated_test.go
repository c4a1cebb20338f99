package model

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestSimulatedCostsWhatItSays(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a second of CPU")
	}
	s := NewSimulated(SimulatedSettings{BatchCost: 20 * time.Millisecond, ItemCost: 2 * time.Millisecond})
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fastest := time.Hour // of several: noise can only add
	for range 5 {
		start := threadTime()
		if results, err := s.Infer(t.Context(), make([]string, 10)); err != nil || len(results) != 10 {
			t.Fatal(results, err)
		}
		fastest = min(fastest, threadTime()-start)
	}
	if ratio := fastest.Seconds() / 0.040; ratio < 0.8 || ratio > 2.5 {
		t.Errorf("a call of 40 ms took %v of CPU", fastest)
	}
}

func TestCalibrationHoldsOnABusyMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second of all CPUs")
	}
	alone := calibrate()
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for range 2 * runtime.NumCPU() {
		load.Go(func() {
			for ctx.Err() == nil {
				grind(1000)
			}
		})
	}
	busy := calibrate()
	cancel()
	load.Wait()
	if ratio := busy / alone; ratio < 0.5 || ratio > 2 {
		t.Errorf("%.0f rounds a second alone, %.0f on a busy machine", alone, busy)
	}
}

func TestSimulatedStopsWithItsContext(t *testing.T) {
	s := &Simulated{perSecond: 1e9}
	s.Configure(SimulatedSettings{BatchCost: 24 * time.Hour})
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := s.Infer(ctx, []string{"a"}); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestCalibrationIsAMetric(t *testing.T) {
	collectors := Collectors(&Simulated{perSecond: 1e9})
	if len(collectors) != 1 || testutil.ToFloat64(collectors[0]) != 1e9 {
		t.Errorf("got %v, want one of 1e9", collectors)
	}
}

func TestNoopAnswersEach(t *testing.T) {
	if results, err := (Noop{}).Infer(t.Context(), make([]string, 3)); err != nil || len(results) != 3 {
		t.Error(results, err)
	}
}
