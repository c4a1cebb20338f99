package batch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

func TestReconfigure(t *testing.T) {
	tests := []struct {
		name   string
		change func(*batch.Config)
		check  func(*lab)
	}{
		{"a smaller size completes the open batch", func(c *batch.Config) { c.Size = 2 }, func(l *lab) {
			l.expectBatches([]int{1, 2})
			l.expect(nil, 500*time.Millisecond, 1, 2)
		}},
		{"a larger size waits for more", func(c *batch.Config) { c.Size = 4 }, func(l *lab) {
			l.send(l.t.Context(), 3)
			l.expectBatches()
			l.send(l.t.Context(), 4)
			l.expectBatches([]int{1, 2, 3, 4})
		}},
		{"a shorter timeout moves the deadline", func(c *batch.Config) { c.Timeout = 700 * time.Millisecond }, func(l *lab) {
			l.waiters.Wait()
			l.expect(batch.ErrIncomplete, 700*time.Millisecond, 1, 2)
		}},
		{"a timeout that has passed ends the batch at once", func(c *batch.Config) { c.Timeout = 100 * time.Millisecond }, func(l *lab) {
			l.expect(batch.ErrIncomplete, 500*time.Millisecond, 1, 2)
		}},
		{"a longer timeout moves the deadline", func(c *batch.Config) { c.Timeout = 5 * time.Second }, func(l *lab) {
			l.waiters.Wait()
			l.expect(batch.ErrIncomplete, 5*time.Second, 1, 2)
		}},
		{"the other policy holds for the open batch", func(c *batch.Config) { c.Partial = batch.Flush }, func(l *lab) {
			l.waiters.Wait()
			l.expect(nil, time.Second, 1, 2)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, nil)
				l.send(t.Context(), 1, 2)
				time.Sleep(500 * time.Millisecond)
				tt.change(&l.config)
				if err := l.Reconfigure(l.config); err != nil {
					t.Fatal(err)
				}
				tt.check(l)
			})
		})
	}
}

func TestMoreWorkersStartOnWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(time.Second)
		l.send(t.Context(), 1, 2, 3, 4, 5, 6, 7, 8, 9)
		l.config.Workers = 3
		if err := l.Reconfigure(l.config); err != nil {
			t.Fatal(err)
		}
		l.waiters.Wait()
		l.expect(nil, time.Second, 1, 4, 7)
	})
}

func TestLargerSizeOpensAFullBatchAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(9 * time.Second)
		l.send(t.Context(), 1, 2, 3, 4, 5, 6)
		time.Sleep(3 * time.Second)
		l.config.Size = 4
		if err := l.Reconfigure(l.config); err != nil {
			t.Fatal(err)
		}
		l.waiters.Wait()
		l.expect(batch.ErrIncomplete, 4*time.Second, 4, 5, 6) // it has its whole timeout from there
	})
}

func TestReconfigureRefusesNonsense(t *testing.T) {
	l := newLab(t, nil)
	for _, change := range []func(*batch.Config){
		func(c *batch.Config) { c.Size = 0 },
		func(c *batch.Config) { c.Size = 101 },
		func(c *batch.Config) { c.QueueLimit = 0 },
		func(c *batch.Config) { c.Timeout = 0 },
		func(c *batch.Config) { c.Partial = "perhaps" },
		func(c *batch.Config) { c.Workers = -1 },
		func(c *batch.Config) { c.CallTimeout = 0 },
	} {
		config := l.config
		change(&config)
		if err := l.Reconfigure(config); err == nil {
			t.Errorf("accepted %+v", config)
		}
		if _, err := batch.New(config, l.infer, nil); err == nil {
			t.Errorf("New accepted %+v", config)
		}
	}
}

func TestFewerWorkersHoldUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Workers = 3 })
		l.work = takes(time.Second)
		l.send(t.Context(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
		l.config.Workers = 1
		if err := l.Reconfigure(l.config); err != nil {
			t.Fatal(err)
		}
		l.waiters.Wait()
		l.expect(nil, time.Second, 1, 4, 7) // were running
		l.expect(nil, 2*time.Second, 10)
		l.expect(nil, 3*time.Second, 13)
	})
}

func TestFewerWorkersThanAreStuckAnswerWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Workers, c.Timeout = 2, time.Hour })
		l.work = func(context.Context, []int) ([]int, error) { time.Sleep(time.Minute); return nil, nil }
		l.send(t.Context(), 1, 2, 3)
		time.Sleep(20 * time.Second)
		l.send(t.Context(), 4)
		l.config.Workers = 1
		if err := l.Reconfigure(l.config); err != nil {
			t.Fatal(err)
		}
		l.expect(batch.ErrStuck, 20*time.Second, 4)
		time.Sleep(time.Hour)
	})
}

func TestMoreWorkersThanAreStuckServeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Size, c.QueueLimit = 1, 1 })
		l.work = func(_ context.Context, ins []int) ([]int, error) {
			if ins[0] == 1 {
				time.Sleep(time.Hour)
			}
			return negatives(ins), nil
		}
		l.send(t.Context(), 1)
		time.Sleep(20 * time.Second)
		for i, workers := range []int{1, 2, 1} {
			in := 2 + i
			l.config.Workers = workers
			if err := l.Reconfigure(l.config); err != nil {
				t.Fatal(err)
			}
			l.send(t.Context(), in)
			l.expect(map[int]error{1: batch.ErrStuck, 2: nil}[workers], 20*time.Second, in)
		}
		if err := l.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		l.send(t.Context(), 5)
		l.expect(batch.ErrDraining, 20*time.Second, 5)
		time.Sleep(time.Hour)
	})
}
