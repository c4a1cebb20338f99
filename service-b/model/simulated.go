package model

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// SimulatedSettings are the CPU time of one call on an otherwise idle machine.
type SimulatedSettings struct {
	BatchCost time.Duration `env:"AI_BATCH_COST" envDefault:"2ms" json:"ai_batch_cost" validate:"min=0s,max=1m" help:"simulated: CPU time of each call, however many requests share it; batching saves this"`
	ItemCost  time.Duration `env:"AI_ITEM_COST" envDefault:"200us" json:"ai_item_cost" validate:"min=0s,max=1m" help:"simulated: CPU time that each request adds to its call"`
}

// of returns the cost of a call with n requests.
func (s SimulatedSettings) of(n int) time.Duration {
	return s.BatchCost + time.Duration(n)*s.ItemCost
}

// Simulated does a fixed amount of arithmetic per call, as inference does. It never sleeps, and takes
// longer on a busy machine. It is safe for concurrent use.
type Simulated struct {
	settings  atomic.Pointer[SimulatedSettings]
	perSecond float64 // rounds of arithmetic in a second of CPU time
}

// NewSimulated calibrates the arithmetic, which takes calibrationTime.
func NewSimulated(settings SimulatedSettings) *Simulated {
	s := &Simulated{perSecond: calibrate()}
	s.Configure(settings)
	return s
}

// Configure changes the cost of calls that start from now on.
func (s *Simulated) Configure(settings SimulatedSettings) { s.settings.Store(&settings) }

// Collectors shows the calibration.
func (s *Simulated) Collectors() []prometheus.Collector {
	calibration := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "batcher_ai_calibration_rounds_per_second", Help: "Rounds of arithmetic that the simulated model counts as one second of CPU time.",
	})
	calibration.Set(s.perSecond)
	return []prometheus.Collector{calibration}
}

// Infer does the arithmetic, and checks ctx now and then.
func (s *Simulated) Infer(ctx context.Context, urls []string) ([]Result, error) {
	const slice = 200 * time.Microsecond // the most CPU time it uses after ctx has ended
	rounds := s.rounds(s.settings.Load().of(len(urls)))
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

// grind does n rounds of arithmetic. Each depends on the one before, so that neither the compiler nor
// the processor can shorten it.
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
