package batch_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

// TestEveryAdmittedRequestIsAnsweredOnce generates random arrivals, departures, failing calls, changes of
// the configuration and a drain. It checks the invariants: one answer per request, no request in two
// batches, no batch above the size, no result for another request, a timing that sums to what has passed, and workers that were
// busy for as long as their calls took.
func TestEveryAdmittedRequestIsAnsweredOnce(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			storm := &storm{lab: newLab(t, nil), dice: rand.New(rand.NewPCG(seed, 0))}
			storm.run()
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		})
	}
}

type storm struct {
	*lab
	sent   int
	worked time.Duration // in all calls, guarded by lab.mu

	rolling sync.Mutex
	dice    *rand.Rand
}

func (s *storm) roll(n int) int {
	s.rolling.Lock()
	defer s.rolling.Unlock()
	return s.dice.IntN(n)
}

func (s *storm) upTo(ms int) time.Duration { return time.Duration(s.roll(ms)) * time.Millisecond }

func (s *storm) run() {
	s.work = s.unreliable
	for range 100 {
		switch s.roll(10) {
		case 0:
			s.reconfigure()
		case 1, 2:
			time.Sleep(s.upTo(700))
		default:
			s.arrive(1 + s.roll(8))
		}
	}
	time.Sleep(5 * time.Minute) // beyond every bound: no answer may depend on the drain
	synctest.Wait()
	if depth := s.Stats().QueueDepth; depth != 0 {
		s.t.Errorf("%d requests wait for nothing", depth)
	}
	s.arrive(5)
	s.drain()
	s.check()
}

// unreliable is a model that may be slow, fail, panic or answer too little.
func (s *storm) unreliable(ctx context.Context, ins []int) ([]int, error) {
	began := time.Now()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.worked += time.Since(began)
	}()
	s.mu.Lock()
	if len(ins) > s.config.Size {
		s.t.Errorf("batch of %d, size is %d", len(ins), s.config.Size)
	}
	fate, pause := s.roll(12), time.Duration(s.roll(3000))*time.Millisecond
	s.mu.Unlock()
	switch fate {
	case 0:
		return nil, errModel
	case 1:
		panic("boom")
	case 2:
		return ins[:len(ins)-1], nil
	case 3:
		time.Sleep(pause) // ignores ctx
	default:
		return takes(pause)(ctx, ins)
	}
	return negatives(ins), nil
}

// arrive sends n requests; half of their clients hang up within two seconds.
func (s *storm) arrive(n int) {
	for range n {
		ctx := s.t.Context()
		if s.roll(2) == 0 {
			patient, cancel := context.WithTimeout(ctx, time.Duration(s.roll(2000))*time.Millisecond)
			s.t.Cleanup(cancel)
			ctx = patient
		}
		s.sent++
		s.send(ctx, s.sent)
	}
}

func (s *storm) reconfigure() {
	synctest.Wait()
	s.mu.Lock()
	s.config.Size = 1 + s.roll(7)
	s.config.Timeout = time.Millisecond + s.upTo(1500)
	s.config.QueueLimit = s.config.Size + s.roll(30)
	s.config.Workers = 1 + s.roll(4)
	s.config.CallTimeout = 500*time.Millisecond + s.upTo(3000)
	s.config.Partial = []batch.Policy{batch.Fail, batch.Flush}[s.roll(2)]
	config := s.config
	s.mu.Unlock()
	if err := s.Reconfigure(config); err != nil {
		s.t.Error(err)
	}
	synctest.Wait()
}

// drain has too little time in half of the cases.
func (s *storm) drain() {
	patience := []time.Duration{time.Hour, s.upTo(2000)}[s.roll(2)]
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if err := s.Drain(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.t.Error(err)
	}
	s.waiters.Wait()
	time.Sleep(time.Minute) // calls that ignore their context
	synctest.Wait()
}

func (s *storm) check() {
	if len(s.answers) != s.sent { // send has already checked that none was answered twice
		s.t.Errorf("%d answers for %d requests", len(s.answers), s.sent)
	}
	runs := map[int]int{}
	for _, ins := range s.batches {
		for _, in := range ins {
			runs[in]++
		}
	}
	for in, a := range s.answers {
		refused := errors.Is(a.err, batch.ErrQueueFull) || errors.Is(a.err, batch.ErrIncomplete) || errors.Is(a.err, batch.ErrStuck)
		departed := errors.Is(a.err, context.DeadlineExceeded)
		if !sums(a.timing, a.after-a.sent) && !(departed && a.timing == batch.Timing{}) {
			s.t.Errorf("%d: %+v in %v (%v)", in, a.timing, a.after-a.sent, a.err)
		}
		switch {
		case a.err == nil && (a.out != -in || runs[in] != 1):
			s.t.Errorf("%d: result %d after %d runs", in, a.out, runs[in])
		case refused && runs[in] != 0:
			s.t.Errorf("%d: %v, yet the model saw it", in, a.err)
		case runs[in] > 1:
			s.t.Errorf("%d: ran %d times", in, runs[in])
		}
	}
	if stats := s.Stats(); stats.QueueDepth != 0 || stats.Running != 0 || stats.Overdue != 0 {
		s.t.Errorf("left behind: %+v", stats)
	} else if stats.Busy != s.worked {
		s.t.Errorf("busy for %v, but all calls took %v", stats.Busy, s.worked)
	}
}

// sums reports whether the parts of t sum to the whole and none is negative.
func sums(t batch.Timing, whole time.Duration) bool {
	return t.Fill >= 0 && t.Worker >= 0 && t.Call >= 0 && t.Fill+t.Worker+t.Call == whole
}

// TestRealConcurrency does the same in real time, where the race detector sees submitters, calls,
// departures, reconfigurations and the drain at once.
func TestRealConcurrency(t *testing.T) {
	l := newLab(t, func(c *batch.Config) {
		c.Partial, c.Timeout, c.QueueLimit, c.Workers = batch.Flush, time.Millisecond, 40, 4
	})
	l.work = func(_ context.Context, ins []int) ([]int, error) {
		switch rand.IntN(8) {
		case 0:
			panic("boom")
		case 1:
			runtime.Goexit()
		case 2:
			return ins[1:], nil
		case 3:
			time.Sleep(20 * time.Microsecond) // ends together with its timeout
		default:
			runtime.Gosched()
		}
		return negatives(ins), nil
	}
	var answered, sent atomic.Int64
	for client := range 50 {
		l.waiters.Go(func() {
			for i := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%5 == 0 {
					go cancel()
				}
				in := client*1000 + i
				sent.Add(1)
				begun := time.Now()
				out, timing, err := l.Do(ctx, in)
				took := time.Since(begun)
				if err == nil && out != -in {
					t.Errorf("%d was answered %d", in, out)
				}
				if parts := timing.Fill + timing.Worker + timing.Call; parts > took || !sums(timing, parts) {
					t.Errorf("%d: %+v in %v", in, timing, took)
				}
				answered.Add(1)
				cancel()
			}
		})
	}
	for i := range 30 {
		config := l.config
		config.Size, config.Workers = []int{1, 3, 7, 40}[i%4], []int{1, 2, 64}[i%3]
		config.CallTimeout = []time.Duration{20 * time.Microsecond, 10 * time.Second}[i%2]
		config.Partial = []batch.Policy{batch.Fail, batch.Flush}[i/2%2]
		if err := l.Reconfigure(config); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Millisecond)
	}
	if err := l.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	l.waiters.Wait()
	if answered.Load() != sent.Load() {
		t.Errorf("%d answers for %d requests", answered.Load(), sent.Load())
	}
	runs := map[int]int{}
	for _, ins := range l.batches {
		for _, in := range ins {
			if runs[in]++; runs[in] > 1 {
				t.Errorf("%d ran twice", in)
			}
		}
	}
}
