package batch_test

import (
	"context"
	"testing"
	"time"

	"batchlab/service-b/batch"
)

// BenchmarkDo measures batching alone: 128 submitters, batches of 10, and a function that does nothing.
func BenchmarkDo(b *testing.B) {
	for _, bc := range []struct {
		name string
		ctx  func() context.Context
	}{
		{"Background", context.Background},
		{"Cancelable", func() context.Context {
			ctx, cancel := context.WithCancel(context.Background())
			b.Cleanup(cancel)
			return ctx
		}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			config := batch.Config{Size: 10, Timeout: 5 * time.Millisecond, Partial: batch.Flush, QueueLimit: 800, CallTimeout: 10 * time.Second}
			results := make([]struct{}, config.Size)
			batcher, err := batch.New(config, func(_ context.Context, ins []int) ([]struct{}, error) { return results[:len(ins)], nil }, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetParallelism(64) // times GOMAXPROCS
			b.RunParallel(func(pb *testing.PB) {
				ctx := bc.ctx()
				for pb.Next() {
					if _, _, err := batcher.Do(ctx, 1); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
