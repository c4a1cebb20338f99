package main

import (
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"batchlab/service-b/batch"
	ai "batchlab/service-b/model"
)

// Full batches are 100 % full in every scrape, also while they are counted.
func TestScrapeSeesAllOfABatchOrNothing(t *testing.T) {
	b := newBatches()
	registry := prometheus.NewRegistry()
	registry.MustRegister(b)
	done := make(chan struct{})
	var counting sync.WaitGroup
	for range 4 {
		counting.Go(func() {
			for {
				b.count(batch.Batch{Size: 10, Slots: 10, Trigger: batch.TriggerFull})
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 300 {
		got := gathered(t, registry)
		if got["batcher_batch_size"] != got["batcher_batch_slots_total"] || got["batcher_batch_size"] != 10*got["batcher_batches_total full"] {
			t.Errorf("%v requests in %v slots of %v batches", got["batcher_batch_size"], got["batcher_batch_slots_total"], got["batcher_batches_total full"])
			break
		}
	}
	close(done)
	counting.Wait()
}

// A scrape that is read slowly holds up no batch.
func TestSlowScrapeHoldsNoLock(t *testing.T) {
	b := newBatches()
	metrics := make(chan prometheus.Metric)
	go func() { b.Collect(metrics); close(metrics) }()
	for range metrics {
		if !b.mu.TryLock() {
			t.Fatal("locked while the scrape waits for its reader")
		}
		b.mu.Unlock()
	}
}

// The settings in force when a batch starts are those that it fills.
func TestSlotsFollowBatchSize(t *testing.T) {
	s := start(t, ai.Noop{}, "BATCH_SIZE=2", "PARTIAL_BATCH=flush", "BATCH_TIMEOUT=1ms")
	for range 3 {
		s.post(body) // alone: a half
	}
	s.patch(`{"batch_size": 5}`)
	s.post(body)
	if size, slots := gathered(t, s.metrics.registry)["batcher_batch_size"], s.value("batcher_batch_slots_total"); size != 4 || slots != 2+2+2+5 {
		t.Errorf("%v requests in %v slots, want 4 in 11", size, slots)
	}
}
