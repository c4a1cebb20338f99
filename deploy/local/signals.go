package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interrupts turns signals into two contexts: the first Ctrl-C, SIGTERM or SIGHUP ends stop, and a
// second Ctrl-C or SIGTERM ends kill (a closing terminal sends SIGHUP twice, so that one never kills).
// The end of kill, or of parent, ends stop as well. Release undoes it all.
func interrupts(parent context.Context) (stop, kill context.Context, release func()) {
	kill, endKill := context.WithCancel(parent)
	stop, endStop := context.WithCancel(kill)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for {
			select {
			case s := <-signals:
				if stop.Err() != nil && s != syscall.SIGHUP {
					endKill()
				}
				endStop()
			case <-kill.Done():
				return
			}
		}
	}()
	return stop, kill, func() {
		signal.Stop(signals)
		endKill()
	}
}
