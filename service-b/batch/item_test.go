package batch

import (
	"context"
	"slices"
	"testing"
)

func TestAnswerThatHasComeIsNotLeft(t *testing.T) {
	b, err := New[int, int](Config{Size: 1, Timeout: 1, Partial: Fail, QueueLimit: 1, CallTimeout: 1}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	it := b.items.Get().(*item[int, int])
	if b.leave(it) {
		t.Error("an answer before it came")
	}
	it.answer(7, Timing{}, nil)
	if !b.leave(it) || it.out != 7 {
		t.Error("the answer is not taken")
	}
}

// A call may be given up before its goroutine has started.
func TestItemOfACallThatWasGivenUpIsUsedAgain(t *testing.T) {
	var got []int
	b, err := New(Config{Size: 1, Timeout: 1, Partial: Fail, QueueLimit: 1, CallTimeout: 1}, func(_ context.Context, ins []int) ([]int, error) {
		got = slices.Clone(ins)
		return ins, nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	it := b.items.Get().(*item[int, int])
	it.in = 7
	b.mu.Lock()
	b.queue.push(it, 1)
	c := b.take(b.now())
	b.mu.Unlock()
	b.giveUp(c, ErrDraining, context.Canceled)
	<-it.answered
	b.recycle(it)
	it.in = 8 // of the next client
	b.run(c)
	if !slices.Equal(got, []int{7}) {
		t.Errorf("the call has %v", got)
	}
	if len(it.answered) != 0 {
		t.Error("the next client has its answer")
	}
}
