package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	// ErrQueueFull refuses a request because Config.QueueLimit others are waiting.
	ErrQueueFull = errors.New("queue full")
	// ErrIncomplete answers the requests of a batch that stayed short under the policy Fail.
	ErrIncomplete = errors.New("batch incomplete")
	// ErrDraining refuses requests once Drain has been called, and answers those that remain when Drain
	// runs out of time.
	ErrDraining = errors.New("draining")
	// ErrStuck refuses and answers requests while every worker is held by an overdue call (Stats.Overdue),
	// so that nothing can be served.
	ErrStuck = errors.New("every worker is held by a call that ignores its timeout")
)

// Batcher gathers single requests into batches and makes one call per batch. All methods are safe for
// concurrent use. It runs at most Config.Workers calls at once, and no goroutine while it is idle. Drain
// ends it.
type Batcher[In, Out any] struct {
	function func(context.Context, []In) ([]Out, error)
	observe  func(Batch)
	epoch    time.Time
	now      func() time.Duration // since epoch; tests may replace it

	items sync.Pool
	calls sync.Pool

	drained    chan struct{} // closed by setDrained once every request is answered
	setDrained func()

	mu       sync.Mutex // guards what follows
	config   Config
	queue    queue[In, Out]
	active   []*call[In, Out] // one per busy worker, in the order of their start
	busy     time.Duration    // that workers have spent in calls that have returned
	overdue  int              // active calls that have not returned a second after their timeout
	rate     drainRate
	draining bool
	timer    *time.Timer   // calls wake at timerAt
	timerAt  time.Duration // 0: the timer is not set
}

// New returns a Batcher that calls function with batches of requests, from several goroutines at once.
// function must return one result per request, in their order, and must not keep the slice. Its context
// ends at Config.CallTimeout, or when a Drain runs out of time. It carries no request's own context,
// because requests share the call.
//
// observe, unless nil, is called once for every call, before its requests are answered, and from several
// goroutines at once.
func New[In, Out any](config Config, function func(context.Context, []In) ([]Out, error), observe func(Batch)) (*Batcher[In, Out], error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if observe == nil {
		observe = func(Batch) {}
	}
	epoch := time.Now()
	b := &Batcher[In, Out]{
		function: function,
		observe:  observe,
		epoch:    epoch,
		now:      func() time.Duration { return time.Since(epoch) },
		config:   config.resolved(),
		drained:  make(chan struct{}),
	}
	b.setDrained = sync.OnceFunc(func() { close(b.drained) })
	b.items.New = func() any { return &item[In, Out]{answered: make(chan struct{}, 1)} }
	b.calls.New = func() any {
		c := new(call[In, Out])
		c.work = func() { b.work(c) }
		return c
	}
	return b, nil
}

// Do submits one request and waits for its answer: its result, ErrQueueFull, ErrIncomplete, ErrDraining,
// ErrStuck, the error of its call, ErrCallTimeout, ErrResultCount or a *PanicError. If ctx ends first, Do
// returns the cause. The request then leaves the queue, or if it is already part of a call, the call
// goes on for the others.
func (b *Batcher[In, Out]) Do(ctx context.Context, in In) (out Out, timing Timing, err error) {
	if ctx.Err() != nil { // such a request must not complete a batch
		return out, timing, context.Cause(ctx)
	}
	it := b.items.Get().(*item[In, Out])
	it.in = in
	if err := b.admit(it); err != nil {
		b.recycle(it)
		return out, timing, err
	}
	select {
	case <-it.answered:
	case <-ctx.Done():
		if !b.leave(it) {
			return out, timing, context.Cause(ctx)
		}
	}
	out, timing, err = it.out, it.timing, it.err
	b.recycle(it)
	return out, timing, err
}

// admit puts an item in the queue. If its batch is ready then, it starts a worker unless all are busy.
func (b *Batcher[In, Out]) admit(it *item[In, Out]) error {
	it.arrived = b.now()
	b.mu.Lock()
	if err := b.refusal(); err != nil {
		b.mu.Unlock()
		return err
	}
	opened, filled := b.queue.push(it, b.config.Size)
	if opened {
		b.wakeAt(it.arrived + b.config.Timeout)
	}
	var c *call[In, Out]
	if filled || b.shortIsDue(it.arrived) {
		c = b.take(b.now())
	}
	b.mu.Unlock()
	if c != nil {
		go c.work() // not under the lock: it takes longer than all the rest
	}
	return nil
}

// refusal returns why a request cannot be admitted now; nil if it can.
func (b *Batcher[In, Out]) refusal() error {
	switch {
	case b.draining:
		return ErrDraining
	case b.stuck():
		return ErrStuck
	case b.queue.length >= b.config.QueueLimit:
		return ErrQueueFull
	}
	return nil
}

// leave stops waiting for an answer. It returns true if the answer has already arrived.
func (b *Batcher[In, Out]) leave(it *item[In, Out]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if it.queued {
		b.queue.remove(it, b.config.Size, b.now())
		b.settle()
		b.recycle(it)
		return false
	}
	select {
	case <-it.answered:
		return true
	default: // its call will still answer it, but nobody reads that
		return false
	}
}

func (b *Batcher[In, Out]) recycle(it *item[In, Out]) {
	*it = item[In, Out]{answered: it.answered}
	b.items.Put(it)
}

// settle does what has become due after any change except an arrival: a request left, the configuration
// changed, time passed, a call ended or became overdue, a drain began.
func (b *Batcher[In, Out]) settle() {
	now := b.now()
	if b.stuck() {
		b.fail(b.queue.length, ErrStuck)
	}
	switch {
	case b.queue.openLength == 0:
	case !b.shortIsDue(now):
		b.wakeAt(b.queue.openSince + b.config.Timeout)
	case b.config.Partial == Fail:
		b.fail(b.queue.openLength, b.incomplete())
	}
	for c := b.take(now); c != nil; c = b.take(now) {
		go c.work()
	}
	if b.isDrained() {
		b.setDrained()
	}
}

// fail takes the last n requests out of the queue and answers them with err.
func (b *Batcher[In, Out]) fail(n int, err error) {
	var none Out
	now := b.now()
	for range n {
		it := b.queue.last
		timing := it.split(now, 0)
		b.queue.unlink(it)
		it.answer(none, timing, err)
	}
	b.queue.regroup(b.config.Size, now)
}

// incomplete is the error for the open batch: how short it stayed, and until when.
func (b *Batcher[In, Out]) incomplete() error {
	until := fmt.Sprint("within ", b.config.Timeout)
	if b.draining {
		until = "before the shutdown"
	}
	return fmt.Errorf("%w: %d of %d requests %s", ErrIncomplete, b.queue.openLength, b.config.Size, until)
}

// stuck reports whether nothing can be served.
func (b *Batcher[In, Out]) stuck() bool { return b.overdue >= b.config.Workers }

// wakeAt makes the timer fire at the deadline or earlier. Deadlines mostly move into the future, so it
// leaves a set timer alone: at full load the timer is set once per timeout, not per batch.
func (b *Batcher[In, Out]) wakeAt(deadline time.Duration) {
	if b.timerAt != 0 && b.timerAt <= deadline {
		return
	}
	b.timerAt = deadline
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
	b.timerAt = 0
	b.checkCalls()
	b.settle()
}

// Reconfigure replaces the configuration, for waiting requests too. It loses no request: a smaller Size
// may complete a batch at once, and a shorter Timeout may end one at once. While QueueLimit or more
// requests wait, arrivals are refused. Active calls keep the timeout they started with. An error names
// the wrong field, and nothing changes.
func (b *Batcher[In, Out]) Reconfigure(config Config) error {
	if err := config.Validate(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.config = config.resolved()
	b.queue.regroup(b.config.Size, b.now())
	b.settle()
	return nil
}
