package main

import (
	"bytes"
	"encoding/json"
	"sync"

	"batchlab/internal/settings"
	"batchlab/service-b/api"
	"batchlab/service-b/batch"
	"batchlab/service-b/model"
)

// knobs holds the settings in force, and applies new ones. It is safe for concurrent use.
type knobs struct {
	config  config // the part that cannot change
	batcher *batch.Batcher[string, model.Result]
	model   model.Model
	metrics *metrics

	mu      sync.Mutex
	current []any // config.changeable
}

func newKnobs(c config, b *batch.Batcher[string, model.Result], m model.Model, metrics *metrics) *knobs {
	k := &knobs{config: c, batcher: b, model: m, metrics: metrics, current: settings.Copies(c.changeable()...)}
	metrics.setConfig(c.AIModel, k.current)
	return k
}

// json is the settings in force, as GET /config shows them.
func (k *knobs) json() json.RawMessage {
	k.mu.Lock()
	defer k.mu.Unlock()
	return settings.JSON(k.current...)
}

// patch applies body, a JSON object of settings, as a whole. After an error nothing has changed.
func (k *knobs) patch(body []byte) (json.RawMessage, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := settings.Copies(k.current...)
	if err := settings.Patch(body, next...); err != nil {
		return nil, err
	}
	if bytes.Equal(settings.JSON(next...), settings.JSON(k.current...)) {
		return settings.JSON(next...), nil
	}
	kind, chosen := k.config.kind(next[1:])
	kind.Configure(k.model, chosen) // before the batcher, which may start a batch
	if err := k.batcher.Reconfigure(k.config.batching(*next[0].(*api.Config))); err != nil {
		return nil, err // cannot happen: next is valid
	}
	k.metrics.setConfig(k.config.AIModel, next)
	k.current = next
	return settings.JSON(next...), nil
}
