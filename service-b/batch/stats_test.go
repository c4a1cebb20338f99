package batch_test

import (
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

func TestTimeToDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		if s := l.Stats(); s.TimeToDrain != 0 {
			t.Errorf("nothing is known yet, but: %+v", s)
		}
		l.work = takes(time.Second)
		ins := make([]int, 60)
		for i := range ins {
			ins[i] = i + 1
		}
		l.send(t.Context(), ins...)
		time.Sleep(10 * time.Second) // 3 a second; the first 33 have left the queue
		synctest.Wait()
		if got := l.Stats().TimeToDrain; got < 8*time.Second || got > 11*time.Second {
			t.Errorf("time to drain %v for 27 requests at 3 a second", got)
		}
		l.waiters.Wait()
		time.Sleep(time.Hour)
		l.send(t.Context(), 101, 102, 103, 104, 105, 106)
		if got := l.Stats().TimeToDrain; got > 2*time.Second {
			t.Errorf("time to drain %v for 3 requests after an idle hour", got)
		}
		l.waiters.Wait()
	})
}

func TestTimeToDrainDuringALongCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(8 * time.Second)
		l.send(t.Context(), 1, 2, 3, 4, 5, 6)
		time.Sleep(5 * time.Second)
		if got := l.Stats().TimeToDrain; got != 0 {
			t.Errorf("%v, before any call has ended", got)
		}
		time.Sleep(4 * time.Second)
		for _, in := range []int{7, 8, 9} {
			l.send(t.Context(), in)
		}
		for range 6 {
			if got := l.Stats().TimeToDrain; got < 6*time.Second || got > 10*time.Second {
				t.Errorf("%v for one batch at 8 s a call", got)
			}
			time.Sleep(time.Second)
		}
		l.waiters.Wait()
	})
}

func TestTimeToDrainGrowsWhileNothingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.CallTimeout = time.Hour })
		l.work = takes(time.Second)
		l.send(t.Context(), 1, 2, 3)
		l.waiters.Wait()
		l.work = takes(time.Minute)
		l.send(t.Context(), 4, 5, 6)
		time.Sleep(10 * time.Second)
		if got := l.Stats().TimeToDrain; got != 0 {
			t.Errorf("%v for an empty queue", got)
		}
		l.send(t.Context(), 7, 8, 9)
		time.Sleep(40 * time.Second)
		if got := l.Stats().TimeToDrain; got != 50*time.Second {
			t.Errorf("%v, 50 s after the last call began", got)
		}
		l.waiters.Wait()
	})
}

func TestTimeToDrainLeavesOutTheIdleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = takes(time.Second)
		l.send(t.Context(), 1, 2, 3)
		l.waiters.Wait()
		time.Sleep(time.Hour)
		l.send(t.Context(), 4) // a short batch: still no call
		if got := l.Stats().TimeToDrain; got != time.Second/3 {
			t.Errorf("%v for one request at 3 a second", got)
		}
		l.waiters.Wait()
	})
}
