package model

import (
	"context"
	"sync/atomic"
	"time"
)

// Cost is the CPU time of one call of a simulated model on an otherwise idle machine.
type Cost struct {
	Call time.Duration // fixed part: what batching saves
	Item time.Duration // part per request
}

// of returns the cost of a call with n requests.
func (c Cost) of(n int) time.Duration { return c.Call + time.Duration(n)*c.Item }

// Simulated does a fixed amount of arithmetic per call, as inference does: on a machine that is busy
// with other things it takes longer, and it never sleeps. It is safe for concurrent use.
type Simulated struct {
	cost      atomic.Pointer[Cost]
	perSecond float64 // rounds of arithmetic in a second of CPU time
}

// NewSimulated calibrates the arithmetic, which takes about calibrationTime, and returns a model of that cost.
func NewSimulated(cost Cost) *Simulated {
	s := &Simulated{perSecond: calibrate()}
	s.SetCost(cost)
	return s
}

// SetCost changes the cost of the calls that start from now on.
func (s *Simulated) SetCost(cost Cost) { s.cost.Store(&cost) }

// RoundsPerSecond is the calibration: how many rounds of arithmetic count as one second of CPU time.
func (s *Simulated) RoundsPerSecond() float64 { return s.perSecond }

// Infer does the arithmetic, looking at ctx now and then.
func (s *Simulated) Infer(ctx context.Context, urls []string) ([]Result, error) {
	const slice = 200 * time.Microsecond // how long it may go on after ctx has ended
	rounds := s.rounds(s.cost.Load().of(len(urls)))
	for step := max(1, s.rounds(slice)); rounds > 0; rounds -= step {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		grind(min(rounds, step))
	}
	return make([]Result, len(urls)), nil
}

func (s *Simulated) rounds(cpu time.Duration) int64 {
	return int64(cpu.Seconds() * s.perSecond)
}

// grind does n rounds of arithmetic, each waiting for the one before, so that no compiler or
// processor can shorten it.
//
//go:noinline
func grind(n int64) uint64 {
	x := uint64(n) | 1
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}
