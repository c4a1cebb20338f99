package main

import (
	"sync"

	"batchlab/service-b/batch"
	"batchlab/service-b/model"
)

// knobs holds the settings in force, and brings new ones to the parts that obey them. It is safe
// for concurrent use.
type knobs struct {
	config  config // what cannot change
	batcher *batch.Batcher[string, model.Result]
	model   model.Model
	metrics *metrics

	mu      sync.Mutex
	current Settings
}

func newKnobs(c config, b *batch.Batcher[string, model.Result], m model.Model, metrics *metrics) *knobs {
	metrics.setConfig(c.Settings, c.AIModel)
	return &knobs{config: c, batcher: b, model: m, metrics: metrics, current: c.Settings}
}

func (k *knobs) settings() Settings {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current
}

// change applies what edit makes of the present settings: all of it, or, with an error, nothing.
func (k *knobs) change(edit func(*Settings) error) (Settings, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := k.current
	if err := edit(&next); err != nil {
		return k.current, err
	}
	if problems := next.validate(); len(problems) > 0 {
		return k.current, problems.inJSONNames()
	}
	if next == k.current {
		return next, nil
	}
	if simulated, ok := k.model.(*model.Simulated); ok {
		simulated.SetCost(next.cost()) // first: the other may start a batch
	}
	if err := k.batcher.Reconfigure(next.batching(k.config.AITimeout)); err != nil {
		return k.current, err // cannot be: next is valid
	}
	k.metrics.setConfig(next, k.config.AIModel)
	k.current = next
	return next, nil
}
