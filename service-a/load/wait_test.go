package load

import (
	"context"
	"testing"
	"time"
)

func TestWaitIsNeverEarly(t *testing.T) {
	wait, done := newWait()
	defer done()
	for _, d := range []time.Duration{-time.Second, 0, time.Microsecond, 50 * time.Microsecond, time.Millisecond, 20 * time.Millisecond} {
		for range 10 {
			start := time.Now()
			if !wait(t.Context(), d) {
				t.Fatalf("waiting for %v was cut short", d)
			}
			if took := time.Since(start); took < d {
				t.Errorf("waited %v for %v", took, d)
			}
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	for range 20 {
		wait, done := newWait()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() { ended <- wait(ctx, time.Hour) }()
		stop()
		if <-ended {
			t.Error("an hour has passed")
		}
		if wait(ctx, -time.Second) {
			t.Error("a context that has ended lets it go on")
		}
		done()
	}
}
