package batch_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

func TestDrain(t *testing.T) {
	for _, tt := range []struct {
		partial batch.Policy
		want    error
	}{{batch.Fail, batch.ErrIncomplete}, {batch.Flush, nil}} {
		t.Run(string(tt.partial), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, func(c *batch.Config) { c.Partial = tt.partial })
				l.work = takes(time.Second)
				l.send(t.Context(), 1, 2, 3, 4, 5, 6, 7)
				var drained sync.WaitGroup
				for range 2 { // a second Drain waits like the first
					drained.Go(func() {
						if err := l.Drain(t.Context()); err != nil {
							t.Error(err)
						}
					})
				}
				synctest.Wait()
				l.send(t.Context(), 8)
				l.expect(batch.ErrDraining, 0, 8)
				drained.Wait()
				l.expect(nil, time.Second, 1, 2, 3)
				l.expect(nil, 2*time.Second, 4, 5, 6)
				if tt.want == nil {
					l.expect(nil, 3*time.Second, 7)
					l.expectTriggers(batch.TriggerFull, batch.TriggerFull, batch.TriggerDrain)
				} else {
					l.expect(tt.want, 0, 7)
					if err := l.answers[7].err; !strings.Contains(err.Error(), "1 of 3 requests before the shutdown") {
						t.Errorf("got %v", err)
					}
				}
			})
		})
	}
}

func TestDrainOutOfTimeAnswersTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = func(_ context.Context, ins []int) ([]int, error) { time.Sleep(5 * time.Second); return ins, nil }
		l.send(t.Context(), 1, 2, 3, 4, 5, 6)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := l.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		l.waiters.Wait()
		l.expect(batch.ErrDraining, 2*time.Second, 1, 2, 3, 4, 5, 6)
		time.Sleep(5 * time.Second)
	})
}

func TestDrainOfAnIdleBatcherNeedsNoTime(t *testing.T) {
	for range 100 {
		l := newLab(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.Drain(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDrainDoesNotWaitForCallsThatWereGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = func(context.Context, []int) ([]int, error) { time.Sleep(time.Hour); return nil, nil }
		l.send(t.Context(), 1, 2, 3)
		time.Sleep(5 * time.Second)
		if err := l.Drain(t.Context()); err != nil || time.Since(l.start) != 11*time.Second {
			t.Errorf("%v after %v", err, time.Since(l.start))
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestDrainAfterAnIdleTimeWaitsForItsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.send(t.Context(), 1, 2, 3)
		l.expect(nil, 0, 1, 2, 3)
		l.work = takes(time.Second)
		l.send(t.Context(), 4, 5, 6)
		if err := l.Drain(t.Context()); err != nil || time.Since(l.start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(l.start))
		}
		l.expect(nil, time.Second, 4, 5, 6)
	})
}

func TestDrainAfterOneThatRanOutOfTimeHasNothingToWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = func(context.Context, []int) ([]int, error) { time.Sleep(5 * time.Second); return nil, nil }
		l.send(t.Context(), 1, 2, 3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if err := l.Drain(t.Context()); err != nil || time.Since(l.start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(l.start))
		}
		time.Sleep(5 * time.Second)
	})
}
