package batch_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

func TestFailingCallFailsItsBatchOnly(t *testing.T) {
	panicked := func(err error) bool { _, ok := errors.AsType[*batch.PanicError](err); return ok }
	tests := []struct {
		name string
		work func(context.Context, []int) ([]int, error)
		want func(error) bool
	}{
		{"error", func(context.Context, []int) ([]int, error) { return nil, errModel }, func(err error) bool { return errors.Is(err, errModel) }},
		{"panic", func(context.Context, []int) ([]int, error) { panic("boom") }, panicked},
		{"panic with nil", func(context.Context, []int) ([]int, error) { panic(error(nil)) }, panicked},
		{"too few results", func(_ context.Context, ins []int) ([]int, error) { return ins[:2], nil }, func(err error) bool { return errors.Is(err, batch.ErrResultCount) }},
		{"too many results", func(_ context.Context, ins []int) ([]int, error) { return append(ins, 0), nil }, func(err error) bool { return errors.Is(err, batch.ErrResultCount) }},
		{"Goexit", func(context.Context, []int) ([]int, error) { runtime.Goexit(); return nil, nil }, func(err error) bool { return errors.Is(err, batch.ErrResultCount) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, nil)
				l.work = tt.work
				l.send(t.Context(), 1, 2, 3)
				for in := 1; in <= 3; in++ {
					if a := l.answers[in]; !tt.want(a.err) || a.out != 0 {
						t.Errorf("%d: %+v", in, a)
					}
				}
				l.work = nil
				l.send(t.Context(), 4, 5, 6)
				l.expect(nil, 0, 4, 5, 6)
			})
		})
	}
}

func TestCallTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(time.Minute)
		l.send(t.Context(), 1, 2, 3)
		l.waiters.Wait()
		l.expect(batch.ErrCallTimeout, 10*time.Second, 1, 2, 3)
		if s := l.Stats(); s.Running != 0 || s.Overdue != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestCallThatIgnoresItsTimeoutKeepsItsWorkerInSight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		var kept context.Context
		l.work = func(ctx context.Context, ins []int) ([]int, error) {
			kept = ctx
			time.Sleep(time.Minute)
			return negatives(ins), nil
		}
		l.send(t.Context(), 1, 2, 3, 4, 5, 6)
		time.Sleep(30 * time.Second)
		l.expect(batch.ErrCallTimeout, 10*time.Second, 1, 2, 3)
		l.expect(batch.ErrStuck, 11*time.Second, 4, 5, 6)
		l.send(t.Context(), 7)
		l.expect(batch.ErrStuck, 30*time.Second, 7)
		if s := l.Stats(); s.Running != 1 || s.Overdue != 1 || s.QueueDepth != 0 {
			t.Errorf("while it runs: %+v", s)
		}
		time.Sleep(time.Minute)
		if s := l.Stats(); s.Running != 0 || s.Overdue != 0 {
			t.Errorf("after it: %+v", s)
		}
		if err := kept.Err(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("its context ended with %v", err)
		}
		l.work = nil
		l.send(t.Context(), 11, 12, 13)
		l.expect(nil, 90*time.Second, 11, 12, 13)
		if len(l.seen) != 2 {
			t.Errorf("%d batches observed, want 2", len(l.seen))
		}
	})
}

func TestTimeoutOfACallThatObeysFailsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = func(ctx context.Context, ins []int) ([]int, error) {
			if ins[0] != 1 {
				return negatives(ins), nil
			}
			<-ctx.Done()
			time.Sleep(900 * time.Millisecond) // it takes its time to give up
			return nil, ctx.Err()
		}
		l.send(t.Context(), 1, 2, 3, 4, 5, 6)
		l.waiters.Wait()
		l.expect(batch.ErrCallTimeout, 10*time.Second, 1, 2, 3)
		l.expect(nil, 10900*time.Millisecond, 4, 5, 6)
	})
}

func TestCallContextEndsLikeAnyOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		var during, after error
		l.work = func(ctx context.Context, ins []int) ([]int, error) {
			deadline, ok := ctx.Deadline()
			if !ok || time.Until(deadline) != 10*time.Second {
				t.Errorf("deadline in %v, %v", time.Until(deadline), ok)
			}
			during = ctx.Err()
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			<-child.Done()
			after = child.Err()
			return nil, after
		}
		l.send(t.Context(), 1, 2, 3)
		l.waiters.Wait()
		synctest.Wait()
		if during != nil || !errors.Is(after, context.DeadlineExceeded) {
			t.Errorf("error is %v during the call, %v after its timeout", during, after)
		}
	})
}

func TestCallContextEndsWithTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		var kept context.Context
		l.work = func(ctx context.Context, ins []int) ([]int, error) { kept = ctx; return negatives(ins), nil }
		l.send(t.Context(), 1, 2, 3)
		l.expect(nil, 0, 1, 2, 3)
		<-kept.Done()
		if err := kept.Err(); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestOverdueCallLeavesTheOtherWorkersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Workers = 2 })
		l.work = func(_ context.Context, ins []int) ([]int, error) {
			if ins[0] == 1 {
				time.Sleep(time.Minute)
			}
			return negatives(ins), nil
		}
		l.send(t.Context(), 1, 2, 3)
		time.Sleep(30 * time.Second)
		if s := l.Stats(); s.Running != 1 || s.Overdue != 1 {
			t.Errorf("stats %+v", s)
		}
		l.send(t.Context(), 4, 5, 6)
		l.expect(nil, 30*time.Second, 4, 5, 6)
		time.Sleep(time.Minute)
	})
}

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
			{Size: 3, Trigger: batch.TriggerFull, Duration: 3 * time.Second},
			{Size: 2, Trigger: batch.TriggerTimeout, Duration: 2 * time.Second, Err: errModel},
			{Size: 3, Trigger: batch.TriggerFull, Duration: 10 * time.Second, Err: batch.ErrCallTimeout},
		}
		if !slices.Equal(l.seen, want) {
			t.Errorf("got %+v, want %+v", l.seen, want)
		}
		time.Sleep(time.Minute)
	})
}

// slowObserver is a Batcher with one call of three requests, which takes work to end. Observing it
// takes a second, so that much can happen before its requests are answered.
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

// Otherwise the answer would be whatever the function makes of that.
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
