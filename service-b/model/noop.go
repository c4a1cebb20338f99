package model

import "context"

// Noop does nothing: what is left is the cost of HTTP and of batching.
type Noop struct{}

// Infer returns at once.
func (Noop) Infer(_ context.Context, urls []string) ([]Result, error) {
	return make([]Result, len(urls)), nil
}
