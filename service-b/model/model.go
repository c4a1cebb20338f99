// Package model is what service-b calls once per batch: one file per model.
package model

import "context"

// Model answers a batch of requests in one call. It is safe for concurrent use.
type Model interface {
	// Infer returns one Result for each URL, in their order. It should return soon after ctx ends.
	// An error is for the whole batch.
	Infer(ctx context.Context, urls []string) ([]Result, error)
}

// Result is what the model made of one URL. The client is only told whether that worked.
type Result struct {
	Err error
}
