package batch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-b/batch"
)

var errModel = errors.New("model broke")

// lab is a Batcher under test, whose function answers each number with its negative, and a record of what
// happened. It lives in a synctest bubble, where time passes only when all goroutines wait.
type lab struct {
	*batch.Batcher[int, int]
	t      *testing.T
	start  time.Time
	config batch.Config
	work   func(ctx context.Context, ins []int) ([]int, error) // nil: at once

	mu      sync.Mutex
	batches [][]int
	seen    []batch.Batch
	answers map[int]answer
	waiters sync.WaitGroup
}

type answer struct {
	out    int
	timing batch.Timing
	err    error
	sent   time.Duration // since the start of the test
	after  time.Duration // since the start of the test
}

func newLab(t *testing.T, change func(*batch.Config)) *lab {
	l := &lab{t: t, start: time.Now(), answers: map[int]answer{}}
	l.config = batch.Config{Size: 3, Timeout: time.Second, Partial: batch.Fail, QueueLimit: 100, Workers: 1, CallTimeout: 10 * time.Second}
	if change != nil {
		change(&l.config)
	}
	var err error
	l.Batcher, err = batch.New(l.config, l.infer, func(b batch.Batch) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.seen = append(l.seen, b)
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lab) infer(ctx context.Context, ins []int) ([]int, error) {
	l.mu.Lock()
	l.batches = append(l.batches, slices.Clone(ins))
	l.mu.Unlock()
	if l.work != nil {
		return l.work(ctx, ins)
	}
	return negatives(ins), nil
}

func negatives(ins []int) []int {
	outs := make([]int, len(ins))
	for i, in := range ins {
		outs[i] = -in
	}
	return outs
}

// send submits the numbers one after another, each from its own client.
func (l *lab) send(ctx context.Context, ins ...int) {
	for _, in := range ins {
		l.waiters.Go(func() {
			sent := time.Since(l.start)
			out, timing, err := l.Do(ctx, in)
			l.mu.Lock()
			defer l.mu.Unlock()
			if _, twice := l.answers[in]; twice {
				l.t.Errorf("%d was answered twice", in)
			}
			l.answers[in] = answer{out, timing, err, sent, time.Since(l.start)}
		})
		synctest.Wait()
	}
}

// expect checks that each of the numbers was answered with err at the given time.
func (l *lab) expect(err error, after time.Duration, ins ...int) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, in := range ins {
		a, ok := l.answers[in]
		want := -in
		if err != nil {
			want = 0
		}
		if !ok || !errors.Is(a.err, err) || a.out != want || a.after != after {
			l.t.Errorf("%d: answered %v: %+v; want %v after %v", in, ok, a, err, after)
		}
	}
}

func (l *lab) expectBatches(want ...[]int) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.EqualFunc(l.batches, want, slices.Equal) {
		l.t.Errorf("batches %v, want %v", l.batches, want)
	}
}

func (l *lab) expectTriggers(want ...batch.Trigger) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	var got []batch.Trigger
	for _, b := range l.seen {
		got = append(got, b.Trigger)
	}
	if !slices.Equal(got, want) {
		l.t.Errorf("triggers %v, want %v", got, want)
	}
}

func (l *lab) reconfigure(change func(*batch.Config)) {
	l.t.Helper()
	change(&l.config)
	if err := l.Reconfigure(l.config); err != nil {
		l.t.Fatal(err)
	}
	synctest.Wait()
}

// takes makes each call last d, or until its context ends.
func takes(d time.Duration) func(context.Context, []int) ([]int, error) {
	return func(ctx context.Context, ins []int) ([]int, error) {
		select {
		case <-time.After(d):
			return negatives(ins), nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
