package load

import (
	"testing"
	"time"
)

// The worker that became free last is asked first, and a request is handed to one worker alone.
func TestIdleWorkers(t *testing.T) {
	var idle idleWorkers
	if idle.hand(time.Second) {
		t.Error("a request was handed to nobody")
	}
	got := make(chan int)
	var workers []*worker
	for id := range 3 {
		w := &worker{id: id, handed: make(chan time.Duration, 1)}
		workers = append(workers, w)
		go func() {
			if _, ok := idle.await(w); ok {
				got <- w.id
				return
			}
			got <- -1
		}()
		for idle.count() != id+1 {
			time.Sleep(time.Millisecond)
		}
	}
	for want := 2; want >= 1; want-- {
		if !idle.hand(time.Second) {
			t.Fatal("nobody was free")
		}
		if id := <-got; id != want {
			t.Errorf("worker %d was asked, want %d", id, want)
		}
	}
	idle.close()
	if id := <-got; id != -1 {
		t.Errorf("worker %d was handed a request after the end", id)
	}
	if _, ok := idle.await(workers[0]); ok || idle.hand(time.Second) {
		t.Error("requests are handed out after the end")
	}
}
