package batch_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"batchlab/service-b/batch"
)

func ExampleBatcher() {
	double := func(_ context.Context, ins []int) ([]string, error) {
		outs := make([]string, len(ins))
		for i, in := range ins {
			outs[i] = fmt.Sprint(in * 2)
		}
		return outs, nil
	}
	config := batch.Config{Size: 3, Timeout: time.Second, Partial: batch.Flush, QueueLimit: 100, CallTimeout: time.Second}
	batcher, err := batch.New(config, double, func(b batch.Batch) { fmt.Println("one call for", b.Size) })
	if err != nil {
		panic(err)
	}
	results := make([]string, 3)
	var clients sync.WaitGroup
	for i := range results {
		clients.Go(func() { results[i], _, _ = batcher.Do(context.Background(), i+1) })
	}
	clients.Wait()
	fmt.Println(results)
	// Output:
	// one call for 3
	// [2 4 6]
}

func ExampleBatcher_Drain() {
	hello := func(_ context.Context, names []string) ([]string, error) {
		for i, name := range names {
			names[i] = "hello " + name
		}
		return names, nil
	}
	config := batch.Config{Size: 100, Timeout: time.Hour, Partial: batch.Flush, QueueLimit: 100, CallTimeout: time.Second}
	batcher, err := batch.New(config, hello, nil)
	if err != nil {
		panic(err)
	}
	var clients sync.WaitGroup
	clients.Go(func() {
		greeting, _, _ := batcher.Do(context.Background(), "Ada") // waits: 99 are missing
		fmt.Println(greeting)
	})
	for batcher.Stats().QueueDepth == 0 {
		runtime.Gosched()
	}
	fmt.Println("drained:", batcher.Drain(context.Background()))
	clients.Wait()
	_, _, err = batcher.Do(context.Background(), "Bob")
	fmt.Println("Bob:", err)
	// Unordered output:
	// hello Ada
	// drained: <nil>
	// Bob: draining
}
