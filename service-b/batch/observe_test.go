package batch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

func TestObserveIsToldOfEachCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Partial = batch.Flush })
		l.work = func(_ context.Context, ins []int) ([]int, error) {
			time.Sleep(time.Duration(ins[0]) * time.Second)
			if ins[0] == 2 {
				return nil, errModel
			}
			return negatives(ins), nil
		}
		l.send(t.Context(), 3, 4, 5)
		l.waiters.Wait()
		l.send(t.Context(), 2, 1)
		l.waiters.Wait()
		l.send(t.Context(), 20, 21, 22)
		l.waiters.Wait()
		want := []batch.Batch{
			{Size: 3, Slots: 3, Trigger: batch.TriggerFull, Duration: 3 * time.Second},
			{Size: 2, Slots: 3, Trigger: batch.TriggerTimeout, Duration: 2 * time.Second, Err: errModel},
			{Size: 3, Slots: 3, Trigger: batch.TriggerFull, Duration: 10 * time.Second, Err: batch.ErrCallTimeout},
		}
		if !slices.Equal(l.seen, want) {
			t.Errorf("got %+v, want %+v", l.seen, want)
		}
		time.Sleep(time.Minute)
	})
}

// slowObserver is a Batcher with one call of three requests, which lasts as long as work. Observing it takes
// a second, so that much can happen before its requests are answered.
func slowObserver(t *testing.T, work func(context.Context)) (b *batch.Batcher[int, int], answered func() []error) {
	config := batch.Config{Size: 3, Timeout: time.Second, Partial: batch.Fail, QueueLimit: 100, Workers: 1, CallTimeout: 10 * time.Second}
	b, err := batch.New(config, func(ctx context.Context, ins []int) ([]int, error) {
		work(ctx)
		return negatives(ins), nil
	}, func(batch.Batch) { time.Sleep(time.Second) })
	if err != nil {
		t.Fatal(err)
	}
	var waiters sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		waiters.Go(func() { _, _, errs[i] = b.Do(t.Context(), i) })
	}
	synctest.Wait()
	return b, func() []error { waiters.Wait(); return errs }
}

func TestCallThatReturnsWhileItIsGivenUp(t *testing.T) {
	t.Run("at its timeout", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, answered := slowObserver(t, func(context.Context) { time.Sleep(10500 * time.Millisecond) })
			for _, err := range answered() {
				if !errors.Is(err, batch.ErrCallTimeout) {
					t.Errorf("got %v", err)
				}
			}
		})
	})
	t.Run("by a drain", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, answered := slowObserver(t, func(context.Context) { time.Sleep(1500 * time.Millisecond) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := b.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			for _, err := range answered() {
				if !errors.Is(err, batch.ErrDraining) {
					t.Errorf("got %v", err)
				}
			}
		})
	})
}

// Otherwise the function would decide the answer.
func TestContextEndsAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b, answered := slowObserver(t, func(ctx context.Context) {
			<-ctx.Done()
			if after := time.Since(start); after != 11*time.Second {
				t.Errorf("its context ended after %v", after)
			}
		})
		for _, err := range answered() {
			if !errors.Is(err, batch.ErrCallTimeout) {
				t.Errorf("got %v", err)
			}
		}
		synctest.Wait()
		if s := b.Stats(); s.Running != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}
