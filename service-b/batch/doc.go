// Package batch gathers single requests into batches and makes one call for each batch. It knows
// neither HTTP, nor metrics, nor what the call does.
//
//	Do ──► admit ──► queue ──► worker: next ──► run ──► resolve ──► Do returns
//	         │         │                         │
//	         │         ├─ timeout, policy Fail ──┼────► ErrIncomplete
//	         │         └─ client departs ────────┼────► cause of its context
//	         ├─ queue full ──────────────────────┼────► ErrQueueFull
//	         ├─ draining ────────────────────────┼────► ErrDraining
//	         └─ all workers overdue ─────────────┼────► ErrStuck
//	                                             └────► error, panic, timeout of the call
//
// Invariants, which property_test.go drives at random:
//
//   - Every admitted request is answered exactly once.
//   - A request is in one call at most, and a call has at most Config.Size of them.
//   - Nothing waits without end: a batch that stays short ends at its timeout, a call at its own.
//   - A request whose client has gone is not counted toward a batch and never reaches a call; that it has
//     gone is noticed at once, but in the first 5 milliseconds (Patience) after its arrival at their end.
//   - Cost follows work: no polling, no timer and no goroutine per request, none at all when idle.
//
// One lock guards the queue. The request that fills a batch starts a worker, if fewer than
// Config.Workers are running; a worker goes on as long as batches are ready. One timer serves the
// open batch and the patience of all waiters, and is left to fire early rather than reset for each
// batch. Items are pooled: an atomic state in each says who may touch it.
//
// A call that ignores its context cannot be stopped. At Config.CallTimeout its requests are answered
// and whatever it returns later is dropped, but it keeps its worker until it does return: starting
// another in its place would only let such calls pile up. A second later it counts as overdue
// (Stats.Overdue). While all workers are held that way nothing can be served, so what waits and what
// arrives is answered with ErrStuck; when a call does return, serving goes on.
package batch
