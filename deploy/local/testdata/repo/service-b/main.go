// A stand-in for service-b: it listens, reports what happens to it, and fails on GET /die.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"

	"batchlab/events"
)

func main() {
	if os.Getenv("FAKE_B") == "refuses" {
		fmt.Println("BATCH_SIZE is 0, and must be at least 1")
		os.Exit(2)
	}
	signals := events.Signals()
	events.Tell("service-b: started")
	events.KeepEnvironment("service-b")
	fmt.Println("a log line of service-b")

	var tired sync.Once
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if os.Getenv("FAKE_B") == "is not ready" {
			w.WriteHeader(http.StatusServiceUnavailable)
			tired.Do(func() { events.Must(syscall.Kill(os.Getppid(), syscall.SIGINT)) }) // the user loses patience
		}
	})
	http.HandleFunc("/die", func(http.ResponseWriter, *http.Request) {
		fmt.Println("boom: the last words")
		os.Exit(7)
	})
	_, err := net.Listen("tcp", os.Getenv("LISTEN_ADDR"))
	events.Must(err)
	admin, err := net.Listen("tcp", os.Getenv("ADMIN_ADDR"))
	events.Must(err)
	go http.Serve(admin, nil)

	events.Tell("service-b: %v", <-signals)
}
