package batch

import (
	"context"
	"sync"
	"testing"
	"time"
)

// overtaken is a Batcher whose worker may be overtaken: while armed, the next reading of the clock lets
// something else happen before it returns, if that is not under the lock. Time stands still.
type overtaken struct {
	*Batcher[int, int]
	t       *testing.T
	release chan struct{} // one value ends one call
	timings map[int]Timing
	waiters sync.WaitGroup
	clients context.Context
	hangUp  func()

	mu    sync.Mutex
	time  time.Duration
	armed bool
	event func() // what happens; nil once it has happened
}

func newOvertaken(t *testing.T, event func(*overtaken)) *overtaken {
	o := &overtaken{t: t, release: make(chan struct{}, 2), timings: map[int]Timing{}, time: time.Second}
	o.event = func() { event(o) }
	o.clients, o.hangUp = context.WithCancel(t.Context())
	config := Config{Size: 2, Timeout: time.Hour, Partial: Flush, QueueLimit: 10, Workers: 1, CallTimeout: 24 * time.Hour}
	var err error
	o.Batcher, err = New(config, func(_ context.Context, ins []int) ([]int, error) {
		<-o.release
		return make([]int, len(ins)), nil
	}, func(Batch) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.armed = true // next, the worker looks for another batch
	})
	if err != nil {
		t.Fatal(err)
	}
	o.now = o.read
	t.Cleanup(func() { o.timer.Stop() })
	return o
}

func (o *overtaken) read() time.Duration {
	o.mu.Lock()
	now, armed := o.time, o.armed
	o.armed = false
	o.mu.Unlock()
	if armed && o.Batcher.mu.TryLock() {
		o.Batcher.mu.Unlock()
		o.happen()
	}
	return now
}

func (o *overtaken) happen() {
	o.mu.Lock()
	event := o.event
	o.event = nil
	o.mu.Unlock()
	if event != nil {
		event()
	}
}

func (o *overtaken) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.time += d
}

// send submits a request, and returns when it is in the queue or in a call.
func (o *overtaken) send(in int) {
	before := o.requests()
	o.waiters.Go(func() {
		_, timing, err := o.Do(o.clients, in)
		if err != nil {
			o.t.Errorf("%d: %v", in, err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.timings[in] = timing
	})
	o.await(func() bool { return o.requests() > before })
}

func (o *overtaken) requests() uint64 {
	o.Batcher.mu.Lock()
	defer o.Batcher.mu.Unlock()
	return o.queue.arrivals
}

func (o *overtaken) await(condition func() bool) {
	for end := time.Now().Add(20 * time.Second); !condition(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			panic("it never came to that")
		}
	}
}

// expect checks the timings once all requests are answered.
func (o *overtaken) expect(want map[int]Timing) {
	o.t.Helper()
	giveUp := time.AfterFunc(20*time.Second, o.hangUp)
	o.waiters.Wait()
	giveUp.Stop()
	for in, timing := range want {
		if o.timings[in] != timing {
			o.t.Errorf("%d: %+v, want %+v", in, o.timings[in], timing)
		}
	}
}

// The timer fires while the only worker looks for its next batch. One of them must find that the open
// batch is due.
func TestTimerThatOvertakesAWorkerIsNotLost(t *testing.T) {
	o := newOvertaken(t, func(o *overtaken) {
		o.pass(time.Hour)
		o.wake()
	})
	o.send(1)
	o.send(2)
	o.send(3)
	o.release <- struct{}{}
	o.await(func() bool { return o.Stats().Running == 0 || o.Stats().QueueDepth == 0 })
	o.happen()
	o.release <- struct{}{}
	o.expect(map[int]Timing{1: {}, 2: {}, 3: {Fill: time.Hour}})
}

// A request arrives and completes a batch while the only worker looks for its next one.
func TestArrivalThatOvertakesAWorkerHasNoNegativeTiming(t *testing.T) {
	o := newOvertaken(t, func(o *overtaken) {
		o.pass(time.Second)
		o.send(4)
	})
	o.send(1)
	o.send(2)
	o.send(3)
	o.release <- struct{}{}
	o.await(func() bool { return o.Stats().Running == 0 || o.Stats().QueueDepth == 0 })
	o.happen()
	o.release <- struct{}{}
	o.expect(map[int]Timing{3: {Fill: time.Second}, 4: {}})
}

// A request arrives after the timeout of its batch, before the timer has fired.
func TestArrivalThatOvertakesTheTimer(t *testing.T) {
	for policy, want := range map[Policy]int{Flush: 1, Fail: 0} {
		release := make(chan struct{})
		var now time.Duration
		config := Config{Size: 3, Timeout: time.Hour, Partial: policy, QueueLimit: 10, Workers: 1, CallTimeout: 24 * time.Hour}
		b, err := New(config, func(context.Context, []int) ([]int, error) { <-release; return nil, nil }, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.now = func() time.Duration { return now }
		for range 2 {
			if err := b.admit(b.items.Get().(*item[int, int])); err != nil {
				t.Fatal(err)
			}
			now += 2 * time.Hour
		}
		if s := b.Stats(); s.Running != want || s.QueueDepth != 2-2*want {
			t.Errorf("%s: %d calls, queue depth %d", policy, s.Running, s.QueueDepth)
		}
		close(release)
		b.timer.Stop()
	}
}
