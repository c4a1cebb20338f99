// A stand-in for Prometheus, node_exporter or Grafana, depending on its name. It keeps its arguments and variables,
// and answers as ready.
package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"batchlab/events"
)

func main() {
	name := filepath.Base(os.Args[0])
	signals := events.Signals()
	address := os.Getenv("GF_SERVER_HTTP_ADDR") + ":" + os.Getenv("GF_SERVER_HTTP_PORT")
	for _, arg := range os.Args {
		if value, ok := strings.CutPrefix(arg, "--web.listen-address="); ok {
			address = value
		}
		if file, ok := strings.CutPrefix(arg, "--config.file="); ok {
			events.KeepFolder(name, filepath.Dir(file))
		}
	}
	events.Keep(name+".args", strings.Join(os.Args[1:], "\n"))
	events.KeepEnvironment(name)
	listener, err := net.Listen("tcp", address)
	events.Must(err)
	events.Tell("%s: started", name)
	go http.Serve(listener, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	events.Tell("%s: %v", name, <-signals)
}
