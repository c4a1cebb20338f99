package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	// ErrQueueFull refuses a request: Config.QueueLimit others are waiting.
	ErrQueueFull = errors.New("queue full")
	// ErrIncomplete answers the requests of a batch that stayed short, under Fail.
	ErrIncomplete = errors.New("batch incomplete")
	// ErrDraining refuses a request after Drain was called, and answers those that Drain had no
	// time left for.
	ErrDraining = errors.New("draining")
	// ErrStuck refuses and answers requests while every worker is held by a call that was given up at
	// its timeout and still runs: nothing could be served.
	ErrStuck = errors.New("every worker is held by a call that ignores its timeout")
)

// Batcher gathers single requests into batches and makes one call for each batch. All methods are
// safe for concurrent use. It owns at most Config.Workers goroutines, none while nothing is to be
// done; Drain ends it.
type Batcher[In, Out any] struct {
	function func(context.Context, []In) ([]Out, error)
	observe  func(Batch)
	epoch    time.Time
	worker   func() // b.work, bound once so that starting a worker allocates nothing

	items    sync.Pool
	callPool sync.Pool

	mu       sync.Mutex // guards what follows
	config   Config
	queue    queue[In, Out]
	running  int // workers
	starting int // those of them that have not looked for a batch yet
	overdue  int // those of them whose call has not returned a second after its timeout
	active   []*call[In, Out]
	rate     drainRate
	draining bool
	aborted  bool          // Drain ran out of time, and looks at the active calls
	drained  chan struct{} // closed when draining and nothing is left

	timer    *time.Timer   // wakes the Batcher at the open batch's deadline, at the end of somebody's patience, or earlier
	timerSet bool          // timer is going to fire
	timerAt  time.Duration // when, since epoch
}

// New returns a Batcher that calls function with batches of requests. function must return one
// result per request, in their order, and may be called from several goroutines at once; it must
// not keep the slice it is given. Its context ends at Config.CallTimeout, and when a Drain runs out
// of time; it does not carry any one request's context, as the call is shared.
//
// observe, if not nil, is told of every call once, before its requests are answered. It is called
// from several goroutines at once.
func New[In, Out any](config Config, function func(context.Context, []In) ([]Out, error), observe func(Batch)) (*Batcher[In, Out], error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if observe == nil {
		observe = func(Batch) {}
	}
	b := &Batcher[In, Out]{
		function: function,
		observe:  observe,
		epoch:    time.Now(),
		config:   config.resolved(),
		drained:  make(chan struct{}),
	}
	b.items.New = func() any { return newItem[In, Out]() }
	b.callPool.New = func() any { return new(call[In, Out]) }
	b.worker = b.work
	return b, nil
}

// Do submits one request and waits for its answer: its result, ErrQueueFull, ErrIncomplete,
// ErrDraining, ErrStuck, the error of its call, ErrCallTimeout, ErrResultCount, a *PanicError, or, if
// ctx ends first, the cause of that. In the last case the request leaves the queue; if it is already
// part of a call, the call goes on for the others. The end of ctx is noticed within Patience, and
// ctx.Done is not called before.
func (b *Batcher[In, Out]) Do(ctx context.Context, in In) (Out, Timing, error) {
	if ctx.Err() != nil { // it must not complete a batch
		var none Out
		return none, Timing{}, context.Cause(ctx)
	}
	it := b.items.Get().(*item[In, Out])
	it.in = in
	if err := b.admit(it); err != nil {
		b.recycle(it)
		var none Out
		return none, Timing{}, err
	}
	if !b.wait(ctx, it) {
		var none Out
		return none, Timing{}, context.Cause(ctx)
	}
	out, timing, err := it.out, it.timing, it.err
	b.recycle(it)
	return out, timing, err
}

// wait returns when it is answered, or, with false, when ctx ended first and it was taken back.
func (b *Batcher[In, Out]) wait(ctx context.Context, it *item[In, Out]) bool {
	if <-it.signal; it.isAnswered() {
		return true
	}
	for done := ctx.Done(); ; { // Patience is over
		select {
		case <-it.signal:
			if it.isAnswered() {
				return true
			}
		case <-done:
			if b.leave(it) {
				return false
			}
			done = nil // the answer was quicker
		}
	}
}

// admit puts it in the queue. Whoever fills a batch starts a worker for it, if one may be started;
// otherwise the running ones will come to it.
func (b *Batcher[In, Out]) admit(it *item[In, Out]) error {
	it.arrived = b.now()
	b.mu.Lock()
	if b.draining {
		b.mu.Unlock()
		return ErrDraining
	}
	if b.stuck() {
		b.mu.Unlock()
		return ErrStuck
	}
	if b.queue.length-b.starting*b.config.Size >= b.config.QueueLimit { // what a worker is about to take waits no more
		b.mu.Unlock()
		return ErrQueueFull
	}
	opened, filled := b.queue.push(it, b.config.Size)
	if opened {
		b.wakeAt(it.arrived + min(b.config.Timeout, Patience))
	} else {
		b.wakeAt(it.arrived + Patience)
	}
	start := filled && b.running < b.config.Workers
	if start {
		b.addWorker()
	}
	b.mu.Unlock()
	if start {
		go b.worker() // not under the lock: it takes longer than all the rest
	}
	return nil
}

// leave takes the waiter's request back. It reports false if the answer is there or on its way.
func (b *Batcher[In, Out]) leave(it *item[In, Out]) bool {
	b.mu.Lock()
	if b.queue.holds(it) {
		b.queue.remove(it)
		b.settle()
		b.mu.Unlock()
		b.recycle(it)
		return true
	}
	b.mu.Unlock()
	return it.abandon()
}

func (b *Batcher[In, Out]) recycle(it *item[In, Out]) {
	it.reset()
	b.items.Put(it)
}

// settle brings everything in line after something other than an arrival has changed: a request
// left, the configuration changed, time passed, a call became overdue, a drain began.
func (b *Batcher[In, Out]) settle() {
	now := b.now()
	if b.stuck() {
		b.failLast(b.queue.length, ErrStuck)
	}
	b.queue.regroup(b.config.Size, now)
	if b.queue.openLength > 0 {
		deadline := b.queue.openSince + b.config.Timeout
		switch {
		case now < deadline && !b.draining:
			b.wakeAt(deadline)
		case b.config.Partial == Fail:
			b.failLast(b.queue.openLength, b.incomplete())
		}
	}
	batches := b.queue.length / b.config.Size
	if b.shortTrigger(now) != "" {
		batches++
	}
	b.startWorkers(min(batches, b.config.Workers-b.running))
	b.endPatience(now)
	b.checkDrained()
}

// failLast takes the last n requests out of the queue, and answers them with err.
func (b *Batcher[In, Out]) failLast(n int, err error) {
	var none Out
	now := b.now()
	for _, it := range b.queue.takeLast(n, nil) {
		it.answer(none, Timing{Queue: now - it.arrived}, err) // cannot be abandoned: leave needs the lock first
	}
	b.queue.regroup(b.config.Size, now)
}

// incomplete says of the open batch how short it stayed, and until when.
func (b *Batcher[In, Out]) incomplete() error {
	until := fmt.Sprint("within ", b.config.Timeout)
	if b.draining {
		until = "before the shutdown"
	}
	return fmt.Errorf("%w: %d of %d requests %s", ErrIncomplete, b.queue.openLength, b.config.Size, until)
}

// stuck tells whether nothing can be served.
func (b *Batcher[In, Out]) stuck() bool { return b.overdue >= b.config.Workers }

// wakeAt makes the timer fire at the deadline or before. Deadlines mostly move into the future, so
// that a timer once set is left alone until it fires: at full load once per timeout, not per batch.
func (b *Batcher[In, Out]) wakeAt(deadline time.Duration) {
	if b.timerSet && b.timerAt <= deadline {
		return
	}
	b.timerSet, b.timerAt = true, deadline
	wait := deadline - b.now()
	if b.timer == nil {
		b.timer = time.AfterFunc(wait, b.wake)
	} else {
		b.timer.Reset(wait)
	}
}

func (b *Batcher[In, Out]) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timerSet = false
	b.settle()
}

// Reconfigure replaces the configuration, for the requests that wait as for those to come. Nothing
// is lost: with a smaller Size a batch may be full at once, with a shorter Timeout overdue at once;
// a QueueLimit below the present depth refuses arrivals until the queue has drained to it. Calls
// that are running go on as they were started. An error says which field is wrong, and changes
// nothing.
func (b *Batcher[In, Out]) Reconfigure(config Config) error {
	if err := config.Validate(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.config = config.resolved()
	b.settle()
	return nil
}

func (b *Batcher[In, Out]) now() time.Duration { return time.Since(b.epoch) }
