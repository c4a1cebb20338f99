package batch

import "time"

// work is a worker: it makes calls until no batch is ready.
func (b *Batcher[In, Out]) work() {
	c := b.callPool.Get().(*call[In, Out])
	active := b.first(c)
	defer func() {
		if active { // the loop did not end: function has called runtime.Goexit
			b.mu.Lock()
			b.deactivate(c)
			b.running--
			b.settle()
			b.mu.Unlock()
		}
	}()
	for active {
		b.run(c)
		c, active = b.next(c)
	}
	if c != nil {
		b.callPool.Put(c)
	}
}

// first takes a batch for a worker that has just been started; there is none if another was quicker.
func (b *Batcher[In, Out]) first(c *call[In, Out]) bool {
	now, ctx := b.now(), new(callContext) // outside the lock, like all that can be
	b.mu.Lock()
	defer b.mu.Unlock()
	b.starting--
	return b.take(c, ctx, now)
}

// next takes a batch for a worker that has done with a call, which is used again if nobody else may
// still be looking at it. Without a batch, or with too many workers, the worker is over.
func (b *Batcher[In, Out]) next(done *call[In, Out]) (c *call[In, Out], active bool) {
	now, served := b.now(), len(done.items)
	reusable := done.timer.Stop() && !done.givenUp
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deactivate(done)
	b.rate.add(now, served)
	if c = done; !reusable || b.aborted {
		c = b.callPool.New().(*call[In, Out])
	} else {
		c.clear()
	}
	return c, b.take(c, nil, now)
}

// take makes c the call for the batch at the front of the queue, if that is ready and the worker may go on.
func (b *Batcher[In, Out]) take(c *call[In, Out], ctx *callContext, now time.Duration) bool {
	size, trigger := b.ready(now)
	if size == 0 || b.running > b.config.Workers {
		b.running--
		b.checkDrained()
		return false
	}
	if ctx == nil {
		ctx = new(callContext)
	}
	ctx.deadline = b.epoch.Add(now + b.config.CallTimeout)
	c.trigger, c.started, c.ctx = trigger, now, ctx
	c.items = b.queue.take(size, c.items)
	if trigger != TriggerFull {
		b.queue.regroup(b.config.Size, now)
	}
	c.slot = len(b.active)
	b.active = append(b.active, c)
	return true
}

// deactivate takes c out of the active calls; the last of them moves to its slot.
func (b *Batcher[In, Out]) deactivate(c *call[In, Out]) {
	last := len(b.active) - 1
	b.active[c.slot] = b.active[last]
	b.active[c.slot].slot = c.slot
	b.active[last] = nil
	b.active = b.active[:last]
	if c.overdue {
		b.overdue--
	}
}

// ready says how many requests the batch at the front has, and what made it ready; 0 if it is not.
func (b *Batcher[In, Out]) ready(now time.Duration) (int, Trigger) {
	if b.queue.length >= b.config.Size {
		return b.config.Size, TriggerFull
	}
	if trigger := b.shortTrigger(now); trigger != "" {
		return b.queue.length, trigger
	}
	return 0, ""
}

// shortTrigger says why the open batch may run although it is short; "" if it may not, or there is none.
func (b *Batcher[In, Out]) shortTrigger(now time.Duration) Trigger {
	switch {
	case b.queue.openLength == 0 || b.config.Partial == Fail:
		return ""
	case b.draining:
		return TriggerDrain
	case now >= b.queue.openSince+b.config.Timeout:
		return TriggerTimeout
	}
	return ""
}

// startWorkers starts n of them, if n is above 0.
func (b *Batcher[In, Out]) startWorkers(n int) {
	for range n {
		b.addWorker()
		go b.worker()
	}
}

// addWorker counts a worker that is about to start.
func (b *Batcher[In, Out]) addWorker() {
	if b.running == 0 {
		b.rate.skip(b.now())
	}
	b.running++
	b.starting++
}
