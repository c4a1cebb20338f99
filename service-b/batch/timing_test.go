package batch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

// Batches have 3 requests, and there is one worker.
func TestTiming(t *testing.T) {
	flush := func(c *batch.Config) { c.Partial = batch.Flush }
	tests := []struct {
		name   string
		config func(*batch.Config)
		call   time.Duration
		do     func(*lab)
		want   map[int]batch.Timing
	}{
		{"an idle worker waits for arrivals", nil, 0, func(l *lab) {
			l.sendAt(0, 1)
			l.sendAt(100*ms, 2)
			l.sendAt(300*ms, 3)
		}, map[int]batch.Timing{1: {Fill: 400 * ms}, 2: {Fill: 300 * ms}, 3: {}}},
		{"requests wait for a saturated worker", nil, s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		}, map[int]batch.Timing{1: {Call: s}, 4: {Worker: s, Call: s}, 6: {Worker: s, Call: s}, 7: {Worker: 2 * s, Call: s}}},
		{"first for the batch, then for a worker", nil, s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4, 5)
			l.sendAt(400*ms, 6)
		}, map[int]batch.Timing{4: {Fill: 400 * ms, Worker: 600 * ms, Call: s}, 6: {Worker: 600 * ms, Call: s}}},
		{"a short batch fills until its timeout", flush, 0, func(l *lab) {
			l.sendAt(0, 1)
			l.sendAt(400*ms, 2)
		}, map[int]batch.Timing{1: {Fill: s}, 2: {Fill: 600 * ms}}},
		{"a short batch may run, but no worker is free", flush, 5 * s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4)
			l.sendAt(3*s, 5)
		}, map[int]batch.Timing{4: {Fill: s, Worker: 4 * s, Call: 5 * s}, 5: {Worker: 2 * s, Call: 5 * s}}},
		{"meanwhile it becomes full", flush, 5 * s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4)
			l.sendAt(3*s, 5, 6)
		}, map[int]batch.Timing{4: {Fill: s, Worker: 4 * s, Call: 5 * s}, 6: {Worker: 2 * s, Call: 5 * s}}},
		{"a short batch fills until the drain", func(c *batch.Config) { c.Partial, c.Timeout = batch.Flush, time.Hour }, 5 * s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4)
			time.Sleep(2 * s)
			go func() { _ = l.Drain(l.t.Context()) }()
		}, map[int]batch.Timing{4: {Fill: 2 * s, Worker: 3 * s, Call: 5 * s}}},
		{"a smaller size completes a batch", nil, 0, func(l *lab) {
			l.sendAt(0, 1, 2)
			time.Sleep(300 * ms)
			l.reconfigure(func(c *batch.Config) { c.Size = 2 })
		}, map[int]batch.Timing{1: {Fill: 300 * ms}, 2: {Fill: 300 * ms}}},
		{"a smaller size completes a batch, but no worker is free", nil, s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4, 5)
			time.Sleep(300 * ms)
			l.reconfigure(func(c *batch.Config) { c.Size = 2 })
		}, map[int]batch.Timing{4: {Fill: 300 * ms, Worker: 700 * ms, Call: s}, 5: {Fill: 300 * ms, Worker: 700 * ms, Call: s}}},
		{"a shorter timeout ends the wait for more requests", flush, 2 * s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4)
			time.Sleep(500 * ms)
			l.reconfigure(func(c *batch.Config) { c.Timeout = 100 * ms })
		}, map[int]batch.Timing{4: {Fill: 500 * ms, Worker: 1500 * ms, Call: 2 * s}}},
		{"a larger size makes a batch short that waits for a worker", nil, 5 * s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4, 5, 6)
			l.reconfigure(func(c *batch.Config) { c.Size, c.Timeout = 4, time.Hour })
			l.sendAt(2*s, 7)
		}, map[int]batch.Timing{4: {Worker: 5 * s, Call: 5 * s}, 7: {Worker: 3 * s, Call: 5 * s}}},
		{"a departure makes it short", func(c *batch.Config) { c.Timeout = time.Hour }, 5 * s, func(l *lab) {
			hangUp := l.sendAndHangUp([]int{1, 2, 3, 4}, 5, []int{6})
			time.Sleep(s)
			hangUp()
			l.sendAt(s, 7)
		}, map[int]batch.Timing{4: {Worker: 5 * s, Call: 5 * s}, 6: {Worker: 5 * s, Call: 5 * s}, 7: {Worker: 3 * s, Call: 5 * s}}},
		{"a departure makes room in a batch ahead", func(c *batch.Config) { c.Timeout = time.Hour }, 5 * s, func(l *lab) {
			hangUp := l.sendAndHangUp([]int{1, 2, 3, 4}, 5, []int{6, 7})
			time.Sleep(2 * s)
			hangUp()
		}, map[int]batch.Timing{4: {Worker: 5 * s, Call: 5 * s}, 7: {Fill: 2 * s, Worker: 3 * s, Call: 5 * s}}},
		{"a batch that stays short fails", nil, 5 * s, func(l *lab) {
			l.sendAt(0, 1, 2, 3, 4)
			l.sendAt(400*ms, 5)
		}, map[int]batch.Timing{4: {Fill: s}, 5: {Fill: 600 * ms}}},
		{"a full batch fails because no worker is left", nil, time.Hour, func(l *lab) {
			l.work = func(context.Context, []int) ([]int, error) { time.Sleep(time.Hour); return nil, nil }
			l.sendAt(0, 1, 2, 3, 4, 5)
			l.sendAt(500*ms, 6)
		}, map[int]batch.Timing{1: {Call: 10 * s}, 4: {Fill: 500 * ms, Worker: 10500 * ms}, 6: {Worker: 10500 * ms}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, tt.config)
				l.work = takes(tt.call)
				tt.do(l)
				l.waiters.Wait()
				for in, want := range tt.want {
					if got := l.answers[in]; got.timing != want || !sums(want, got.after-got.sent) {
						t.Errorf("%d: %+v in %v, want %+v", in, got.timing, got.after-got.sent, want)
					}
				}
				time.Sleep(2 * time.Hour) // calls that ignore their context
			})
		})
	}
}

// sendAt sends the numbers after a pause.
func (l *lab) sendAt(pause time.Duration, ins ...int) {
	time.Sleep(pause)
	l.send(l.t.Context(), ins...)
}

// sendAndHangUp sends before, in and after; the function that it returns hangs up for in.
func (l *lab) sendAndHangUp(before []int, in int, after []int) func() {
	ctx, hangUp := context.WithCancel(l.t.Context())
	l.send(l.t.Context(), before...)
	l.send(ctx, in)
	l.send(l.t.Context(), after...)
	return func() { hangUp(); synctest.Wait() }
}

// A request arrives every 100 ms, so a batch is full every 300 ms.
func TestTimingSaysWhatLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		call time.Duration
		want batch.Timing // summed over 10 batches
	}{
		"too few requests": {10 * ms, batch.Timing{Fill: 10 * 300 * ms, Call: 30 * 10 * ms}},
		"too few workers":  {600 * ms, batch.Timing{Fill: 10 * 300 * ms, Worker: 3 * 45 * 300 * ms, Call: 30 * 600 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, nil)
				l.work = takes(tt.call)
				for in := range 30 {
					l.sendAt(100*ms, in)
				}
				l.waiters.Wait()
				var sum batch.Timing
				for _, a := range l.answers {
					sum.Fill += a.timing.Fill
					sum.Worker += a.timing.Worker
					sum.Call += a.timing.Call
				}
				if sum != tt.want {
					t.Errorf("%+v, want %+v", sum, tt.want)
				}
			})
		})
	}
}
