// Package batch gathers single requests into batches and makes one call for each batch. It knows
// neither HTTP, nor metrics, nor what the call does.
//
//	Do ──► admit ──► queue ──► take ──► run ──► resolve ──► Do returns
//	         │         │                 │
//	         │         ├─ timeout, Fail ─┼────► ErrIncomplete
//	         │         └─ client departs ┼────► cause of its context
//	         ├─ queue full ──────────────┼────► ErrQueueFull
//	         ├─ draining ────────────────┼────► ErrDraining
//	         └─ all workers overdue ─────┼────► ErrStuck
//	                                     └────► error, panic, timeout of the call
//
// Invariants, which property_test.go drives at random:
//
//   - Every admitted request is answered exactly once.
//   - A request is in one call at most, and a call has at most Config.Size of them.
//   - Nothing waits without end: a batch that stays short ends at its timeout, a call at its own.
//   - A client that departs takes its request out of the queue at once: the request is not counted
//     toward a batch and reaches no call.
//   - Cost follows work: no polling, no timer and no goroutine per request, none at all when idle.
//
// One lock guards the queue and the active calls. Whenever it is free, no batch is ready or
// Config.Workers calls are active: the request that fills a batch starts a worker for it, and a worker
// whose call has returned takes the next ready batch. The clock is read under the lock, so that no
// decision is made with a time that is older than the last one. One timer serves the open batch and
// the timeouts of the calls; it may fire early, and is not reset for each batch.
//
// A call that ignores its context cannot be stopped. At Config.CallTimeout its requests are answered
// and its late result is dropped, but it keeps its worker until it returns: starting another in its
// place would only let such calls pile up. A second later it counts as overdue (Stats.Overdue). While
// all workers are overdue nothing can be served, so all waiting and arriving requests are answered
// with ErrStuck. Serving goes on when a call returns.
package batch
