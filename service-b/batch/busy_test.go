package batch_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

func (l *lab) expectBusy(uptime, busy time.Duration) {
	l.t.Helper()
	synctest.Wait()
	if s := l.Stats(); s.Uptime != uptime || s.Busy != busy {
		l.t.Errorf("busy for %v in %v, want %v in %v", s.Busy, s.Uptime, busy, uptime)
	}
}

func TestBusyCountsCallsInProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Workers = 2 })
		l.work = takes(4 * s)
		l.expectBusy(0, 0)
		l.sendAt(s, 1, 2, 3)
		l.sendAt(s, 4, 5, 6, 7, 8, 9)
		l.expectBusy(2*s, 1*s)
		time.Sleep(2 * s)
		l.expectBusy(4*s, 3*s+2*s)
		l.waiters.Wait() // 7, 8 and 9 run from 5 s to 9 s
		l.expectBusy(9*s, 3*4*s)
		time.Sleep(s)
		l.expectBusy(10*s, 3*4*s)
	})
}

func TestBusyIsWorkersTimesTimeWhenSaturated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Workers = 4 })
		l.work = takes(300 * ms)
		ins := make([]int, 90)
		for i := range ins {
			ins[i] = i
		}
		l.send(t.Context(), ins...)
		for range 20 {
			time.Sleep(101 * ms)
			synctest.Wait()
			if s := l.Stats(); s.Busy != 4*s.Uptime {
				t.Errorf("busy for %v in %v with 4 workers", s.Busy, s.Uptime)
			}
		}
		l.waiters.Wait()
	})
}

// The worker is held until the call returns, even if its requests are answered.
func TestBusyCountsAnOverdueCallUntilItReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.work = func(context.Context, []int) ([]int, error) { time.Sleep(time.Minute); return nil, nil }
		l.send(t.Context(), 1, 2, 3)
		l.waiters.Wait() // until the CallTimeout
		l.expectBusy(10*s, 10*s)
		l.reconfigure(func(c *batch.Config) { c.Workers, c.Size = 3, 2 })
		time.Sleep(20 * s) // overdue
		l.expectBusy(30*s, 30*s)
		time.Sleep(time.Minute)
		l.expectBusy(90*s, 60*s)
	})
}

// In real time, where the race detector sees readers, calls that end or are given up, and changes at once.
func TestBusyNeverFalls(t *testing.T) {
	l := newLab(t, func(c *batch.Config) { c.Size, c.Workers, c.CallTimeout = 1, 4, time.Millisecond })
	l.work = func(_ context.Context, ins []int) ([]int, error) {
		time.Sleep(time.Duration(ins[0]%3) * time.Millisecond)
		return negatives(ins), nil
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for last := l.Stats(); ; {
				now := l.Stats()
				if now.Busy < last.Busy || now.Uptime < last.Uptime || now.Busy-last.Busy > 8*(now.Uptime-last.Uptime) {
					t.Errorf("busy for %v in %v, then for %v in %v", last.Busy, last.Uptime, now.Busy, now.Uptime)
				}
				last = now
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for client := range 8 {
		l.waiters.Go(func() {
			for i := range 50 {
				_, _, _ = l.Do(t.Context(), client+i)
			}
		})
	}
	for i := range 20 {
		l.config.Workers = 1 + i%8
		if err := l.Reconfigure(l.config); err != nil {
			t.Error(err)
		}
	}
	l.waiters.Wait()
	close(done)
	readers.Wait()
}
