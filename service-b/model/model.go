// Package model is what service-b calls once per batch: one file per model, and one line in Table.
package model

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// Model answers a batch of requests in one call. It is safe for concurrent use.
type Model interface {
	// Infer returns one Result for each URL, in their order. It should return soon after ctx ends. An
	// error is for the whole batch. Infer must not keep urls: the caller reuses it for the next batch.
	Infer(ctx context.Context, urls []string) ([]Result, error)
}

// Result is the model's answer for one URL. The client only learns whether it succeeded.
type Result struct {
	Err error
}

// Table lists all models, in the order of the documentation.
func Table() []Kind {
	return []Kind{
		kind("simulated", NewSimulated),
		kind("noop", NewNoop),
	}
}

// Kind says how to make one model. Its settings are a pointer to a struct with the tags of internal/settings.
type Kind struct {
	Name      string
	Settings  func() any                  // new settings, not filled yet
	New       func(settings any) Model    // may take a while, to calibrate or load something
	Configure func(m Model, settings any) // for calls that start from now on; does nothing unless m has Configure(S)
}

// kind makes a table entry from a constructor that takes settings of type S.
func kind[S any, M Model](name string, construct func(S) M) Kind {
	return Kind{
		Name:     name,
		Settings: func() any { return new(S) },
		New:      func(settings any) Model { return construct(*settings.(*S)) },
		Configure: func(m Model, settings any) {
			if m, ok := m.(interface{ Configure(settings S) }); ok {
				m.Configure(*settings.(*S))
			}
		},
	}
}

// Collectors returns m's own metrics; none if it has no such method.
func Collectors(m Model) []prometheus.Collector {
	if m, ok := m.(interface{ Collectors() []prometheus.Collector }); ok {
		return m.Collectors()
	}
	return nil
}
