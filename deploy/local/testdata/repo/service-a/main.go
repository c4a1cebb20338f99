// A stand-in for service-a: it reports what happens to it, and behaves as FAKE_A says.
package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"batchlab/events"
)

func main() {
	signals := events.Signals()
	events.Tell("service-a: started, service-b is ready: %t", ask("/readyz"))
	events.KeepEnvironment("service-a")
	events.Keep("service-a.stdout", kindOfStdout())
	fmt.Println("service-a runs")

	if code, ok := strings.CutPrefix(os.Getenv("FAKE_A"), "exit "); ok {
		number, err := strconv.Atoi(code)
		events.Must(err)
		os.Exit(number)
	}
	if os.Getenv("FAKE_A") == "ends service-b" {
		ask("/die")
	}
	for s := range signals {
		events.Tell("service-a: %v", s)
		fmt.Println("service-a got:", s)
		if os.Getenv("FAKE_A") != "stays" {
			break
		}
	}
	// The summary is right only if service-b still answers the requests in flight.
	events.Tell("service-a: ends, service-b is ready: %t", ask("/readyz"))
	fmt.Println("summary")
}

func kindOfStdout() string {
	info, err := os.Stdout.Stat()
	events.Must(err)
	if info.Mode()&os.ModeCharDevice != 0 {
		return "terminal"
	}
	return "file"
}

func ask(path string) (ok bool) {
	response, err := http.Get(os.Getenv("TARGET_ADMIN_URL") + path)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}
