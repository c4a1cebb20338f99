package batch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

func TestFullBatchRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.send(t.Context(), 1, 2)
		l.expectBatches()
		l.send(t.Context(), 3, 4)
		l.expectBatches([]int{1, 2, 3})
		l.expect(nil, 0, 1, 2, 3)
		l.expectTriggers(batch.TriggerFull)
		l.waiters.Wait()
		l.expect(batch.ErrIncomplete, time.Second, 4)
	})
}

func TestClockOfAShortBatchStartsAtItsFirstArrival(t *testing.T) {
	for _, partial := range []batch.Policy{batch.Fail, batch.Flush} {
		t.Run(string(partial), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, func(c *batch.Config) { c.Partial = partial })
				l.send(t.Context(), 1, 2, 3) // runs, and leaves the timer set
				time.Sleep(600 * time.Millisecond)
				l.send(t.Context(), 4)
				time.Sleep(900 * time.Millisecond)
				l.send(t.Context(), 5)
				l.waiters.Wait()
				if partial == batch.Fail {
					l.expect(batch.ErrIncomplete, 1600*time.Millisecond, 4, 5)
					l.expectBatches([]int{1, 2, 3})
				} else {
					l.expect(nil, 1600*time.Millisecond, 4, 5)
					l.expectTriggers(batch.TriggerFull, batch.TriggerTimeout)
				}
			})
		})
	}
}

func TestFullBatchesWaitForAWorkerWithoutTimingOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(5 * time.Second)
		l.send(t.Context(), 1, 2, 3, 4, 5, 6, 7)
		if depth := l.Stats().QueueDepth; depth != 4 {
			t.Errorf("queue depth %d, want 4", depth)
		}
		l.waiters.Wait()
		l.expect(nil, 5*time.Second, 1, 2, 3)
		l.expect(nil, 10*time.Second, 4, 5, 6)
		l.expect(batch.ErrIncomplete, time.Second, 7)
		if timing := l.answers[4].timing; timing != (batch.Timing{Worker: 5 * time.Second, Call: 5 * time.Second}) {
			t.Errorf("timing %+v", timing)
		}
	})
}

func TestCallThatStartsDoesNotPutOffTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(700 * time.Millisecond)
		l.send(t.Context(), 1, 2, 3, 4, 5, 6, 7)
		l.waiters.Wait()
		l.expect(nil, 1400*time.Millisecond, 4, 5, 6)
		l.expect(batch.ErrIncomplete, time.Second, 7)
		if timing := l.answers[7].timing; timing != (batch.Timing{Fill: time.Second}) {
			t.Errorf("timing %+v", timing)
		}
	})
}

func TestFlushWaitsForAWorkerAndTakesWhatHasComeMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Partial = batch.Flush })
		l.work = takes(5 * time.Second)
		l.send(t.Context(), 1, 2, 3, 4)
		time.Sleep(3 * time.Second)
		l.send(t.Context(), 5)
		l.waiters.Wait()
		l.expectBatches([]int{1, 2, 3}, []int{4, 5})
		l.expect(nil, 10*time.Second, 4, 5)
	})
}

func TestWorkersRunBatchesAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Workers = 2 })
		l.work = takes(time.Second)
		l.send(t.Context(), 1, 2, 3, 4, 5, 6, 7, 8, 9)
		if s := l.Stats(); s.Running != 2 || s.Overdue != 0 || s.Config.Workers != 2 || s.QueueDepth != 3 {
			t.Errorf("stats %+v", s)
		}
		l.waiters.Wait()
		l.expect(nil, time.Second, 1, 2, 3, 4, 5, 6)
		l.expect(nil, 2*time.Second, 7, 8, 9)
		if s := l.Stats(); s.Running != 0 || s.QueueDepth != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestQueueLimitRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.QueueLimit = 4 })
		l.work = takes(time.Second)
		l.send(t.Context(), 1, 2, 3, 4, 5, 6, 7, 8)
		l.expect(batch.ErrQueueFull, 0, 8)
		l.waiters.Wait()
		l.expect(nil, 2*time.Second, 4, 5, 6)
	})
}

func TestDepartedClientLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		ctx, hangUp := context.WithCancel(t.Context())
		l.send(ctx, 1)
		l.send(t.Context(), 2)
		time.Sleep(500 * time.Millisecond)
		hangUp()
		l.expect(context.Canceled, 500*time.Millisecond, 1)
		l.send(t.Context(), 3)
		l.expectBatches()
		l.send(t.Context(), 4)
		l.expectBatches([]int{2, 3, 4})
	})
}

func TestDepartureBreaksUpAFullBatchThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(700 * time.Millisecond)
		ctx, hangUp := context.WithCancel(t.Context())
		l.send(t.Context(), 1, 2, 3, 4)
		l.send(ctx, 5)
		l.send(t.Context(), 6, 7)
		hangUp()
		l.waiters.Wait()
		l.expectBatches([]int{1, 2, 3}, []int{4, 6, 7})
		l.expect(context.Canceled, 0, 5)
		l.expect(nil, 1400*time.Millisecond, 4, 6, 7)
	})
}

func TestDepartureDuringTheCallConcernsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(2 * time.Second)
		ctx, hangUp := context.WithCancel(t.Context())
		l.send(ctx, 1)
		l.send(t.Context(), 2, 3)
		time.Sleep(time.Second)
		hangUp()
		l.expect(context.Canceled, time.Second, 1)
		l.waiters.Wait()
		l.expect(nil, 2*time.Second, 2, 3)
	})
}

func TestDepartureGivesTheOthersOfAFullBatchTheirTimeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(9 * time.Second)
		ctx, hangUp := context.WithCancel(t.Context())
		l.send(t.Context(), 1, 2, 3, 4)
		l.send(ctx, 5)
		l.send(t.Context(), 6)
		time.Sleep(3 * time.Second) // longer than the timeout: a full batch may wait
		hangUp()
		l.expect(context.Canceled, 3*time.Second, 5)
		time.Sleep(600 * time.Millisecond)
		l.send(t.Context(), 7)
		l.waiters.Wait()
		l.expect(nil, 18*time.Second, 4, 6, 7)
	})
}

func TestFurtherDepartureDoesNotTakeThatTimeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(9 * time.Second)
		ctx4, hangUp4 := context.WithCancel(t.Context())
		ctx5, hangUp5 := context.WithCancel(t.Context())
		l.send(t.Context(), 1, 2, 3)
		l.send(ctx4, 4)
		l.send(ctx5, 5)
		l.send(t.Context(), 6)
		time.Sleep(3 * time.Second)
		hangUp5()
		time.Sleep(500 * time.Millisecond)
		hangUp4()
		l.waiters.Wait()
		l.expect(batch.ErrIncomplete, 4*time.Second, 6)
	})
}

func TestOpenBatchAfterAShortOneIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Partial = batch.Flush })
		l.send(t.Context(), 1, 2)
		time.Sleep(1500 * time.Millisecond)
		l.expect(nil, time.Second, 1, 2)
		l.send(t.Context(), 3)
		l.waiters.Wait()
		l.expect(nil, 2500*time.Millisecond, 3)
	})
}

func TestRequestThatIsOverIsNotAdmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Size = 1 })
		ctx, hangUp := context.WithCancel(t.Context())
		hangUp()
		l.send(ctx, 1)
		l.expect(context.Canceled, 0, 1)
		l.expectBatches()
	})
}

func TestFullBatchThatAWorkerIsAboutToTakeDoesNotFillTheQueue(t *testing.T) {
	l := newLab(t, func(c *batch.Config) { c.Size, c.QueueLimit, c.Workers = 1, 1, 8 })
	for i := range 300 {
		for j := range 4 {
			l.waiters.Go(func() {
				if _, _, err := l.Do(t.Context(), 4*i+j); err != nil {
					t.Errorf("%v with idle workers", err)
				}
			})
		}
		l.waiters.Wait()
	}
}
