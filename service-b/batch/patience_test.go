package batch_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

// shyContext counts how often it is asked for its end.
type shyContext struct {
	context.Context
	asked atomic.Int32
}

func (c *shyContext) Done() <-chan struct{} {
	c.asked.Add(1)
	return c.Context.Done()
}

func TestContextIsLookedAtOncePatienceIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		ctx := &shyContext{Context: t.Context()}
		expectAsked := func(want int32) {
			t.Helper()
			synctest.Wait()
			if got := ctx.asked.Load(); got != want {
				t.Errorf("asked %d times, want %d", got, want)
			}
		}
		l.work = takes(batch.Patience - 2*time.Millisecond)
		l.send(ctx, 1)
		time.Sleep(time.Millisecond)
		l.send(ctx, 2, 3)
		l.waiters.Wait()
		expectAsked(0)
		l.work = takes(time.Minute)
		l.send(ctx, 4, 5) // wait in the open batch
		time.Sleep(batch.Patience - time.Nanosecond)
		expectAsked(0)
		time.Sleep(time.Nanosecond)
		expectAsked(2)
		l.send(ctx, 6) // waits in its call
		time.Sleep(batch.Patience)
		expectAsked(3)
		l.send(ctx, 7, 8, 9) // wait for a worker
		time.Sleep(batch.Patience)
		expectAsked(6)
		l.waiters.Wait()
		expectAsked(6)
	})
}

// A place in the queue is given again after a short batch was refused.
func TestEarlyDepartureAfterARefusedBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.send(t.Context(), 1, 2)
		time.Sleep(2 * time.Second)
		l.expect(batch.ErrIncomplete, time.Second, 1, 2)
		ctx, hangUp := context.WithCancel(t.Context())
		l.send(ctx, 3, 4)
		hangUp()
		l.waiters.Wait()
		l.expect(context.Canceled, 2*time.Second+batch.Patience, 3, 4)
	})
}
