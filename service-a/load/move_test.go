package load

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"batchlab/service-a/measure"
)

// serveOn serves on an address until it is closed, and counts what it served.
func serveOn(t *testing.T, addr string) (server *http.Server, served *atomic.Int64, port string) {
	t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Skip("this system has one loopback address only:", err)
	}
	served = &atomic.Int64{}
	server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		time.Sleep(time.Millisecond)
		answer(w, r)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return server, served, port
}

// A server that was recreated under another address is found again by its name.
func TestServerMoves(t *testing.T) {
	first, before, port := serveOn(t, "127.0.0.2:0")
	_, after, _ := serveOn(t, "127.0.0.3:"+port)
	var n names
	n.set("127.0.0.2")
	resolver := n.resolver(t, "http://b:"+port+"/testB")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if err := resolver.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	go resolver.Run(ctx)
	go func() {
		for before.Load() < 100 {
			time.Sleep(time.Millisecond)
		}
		n.set("127.0.0.3")
		_ = first.Close()
		for after.Load() < 100 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		stop()
	}()
	time.AfterFunc(10*time.Second, stop)
	recorder := measure.NewRecorder(2, false)
	New(Config{
		Target: parse(t, "http://b:"+port+"/testB"), Resolver: resolver, ImageURL: "http://example.com/a.png",
		Concurrency: 10, Timeout: time.Second, BusyBackoff: time.Second, Observe: recorder.Record,
	}).Run(ctx)
	if after.Load() < 100 {
		t.Errorf("%d requests reached the new address within 10 s, want 100: %+v", after.Load(), recorder.Totals().Causes())
	}
}
