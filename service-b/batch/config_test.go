package batch_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

const longest = time.Duration(math.MaxInt64)

func TestLongestTimeoutDoesNotOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.Timeout = longest })
		time.Sleep(time.Second)
		l.work = takes(time.Minute)
		l.send(t.Context(), 1, 2, 3, 4)
		time.Sleep(time.Minute)
		l.expect(batch.ErrCallTimeout, 11*time.Second, 1, 2, 3)
		l.work = nil
		time.Sleep(time.Hour)
		l.send(t.Context(), 5, 6)
		l.expect(nil, time.Hour+61*time.Second, 4, 5, 6)
	})
}

func TestLongestCallTimeoutDoesNotOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *batch.Config) { c.CallTimeout = longest })
		l.work = takes(time.Minute)
		time.Sleep(time.Second)
		l.send(t.Context(), 1, 2, 3, 4)
		l.waiters.Wait()
		l.expect(batch.ErrIncomplete, 2*time.Second, 4)
		l.expect(nil, 61*time.Second, 1, 2, 3)
	})
}
