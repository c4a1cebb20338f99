// Package batch gathers single requests into batches and makes one call per batch. It knows nothing
// about HTTP, metrics, or what the call does.
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
// Invariants, which property_test.go checks under random load:
//
//   - Every admitted request is answered exactly once.
//   - A request is part of at most one call, and a call has at most Config.Size requests.
//   - Nothing waits forever: a short batch ends at its timeout, and a call at its own.
//   - When a client departs, its request leaves the queue at once: it does not count toward a batch,
//     and no call includes it.
//   - Cost follows work: no polling, no timer or goroutine per request, and nothing runs while idle.
//
// One lock guards the queue and the active calls. Whenever it is free, either no batch is ready or
// Config.Workers calls are active: the request that fills a batch starts a worker for it, and a worker
// whose call has returned takes the next ready batch. Every decision reads the clock under the lock, so
// that it never uses an older time than the decision before it. One timer serves the open batch and the
// timeouts of the calls. It may fire early, and is not reset for each batch.
//
// A call that ignores its context cannot be stopped. At Config.CallTimeout its requests are answered and
// its late result is dropped, but it keeps its worker until it returns, because replacing the worker
// would only let such calls pile up. A second later it counts as overdue (Stats.Overdue). While all
// workers are overdue, nothing can be served, so all waiting and arriving requests are answered with
// ErrStuck. Serving resumes when a call returns.
package batch
