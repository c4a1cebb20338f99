package load_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/target"
	"batchlab/service-b/api"
)

// A run of exactly 100 requests, 8 at a time.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		req, err := api.DecodeRequest(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = w.Write(req.ReplyAt(time.Now()).AppendJSON(nil))
	}))
	defer server.Close()

	u, err := url.Parse(server.URL + api.Path)
	if err != nil {
		fmt.Println(err)
		return
	}
	resolver, err := target.NewResolver(u, net.DefaultResolver.LookupNetIP)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if err := resolver.Refresh(ctx); err != nil { // so that the first requests find an address
		fmt.Println(err)
		return
	}
	go resolver.Run(ctx)

	recorder := measure.NewRecorder(2, false)
	load.New(load.Config{
		Target: u, Resolver: resolver, ImageURL: "http://example.com/logo.png",
		Plan:        load.Plan{Requests: 100},
		Concurrency: 8,
		Timeout:     3 * time.Second,
		BusyBackoff: 3 * time.Second,
		Observe:     recorder.Record,
	}).Run(ctx)
	totals := recorder.Totals()
	fmt.Println("sent:", totals.Sent())
	fmt.Println("ok:", totals.Outcomes[measure.OK])
	// Output:
	// sent: 100
	// ok: 100
}
