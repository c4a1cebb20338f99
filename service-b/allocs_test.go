package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"batchlab/service-b/api"
	ai "batchlab/service-b/model"
)

// TestAllocationsAbovePlainGin bounds what a request costs in allocations beside a gin handler that
// does the same JSON work without batching: at most four more.
func TestAllocationsAbovePlainGin(t *testing.T) {
	s := start(t, ai.Noop{})
	batched := allocationsPerRequest(t, s.trafficListener.Addr().String())

	engine := gin.New()
	engine.Use(gin.Recovery())
	engine.POST(api.Path, func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		request, invalid := api.DecodeRequest(body)
		if err != nil || invalid != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.Data(http.StatusOK, "application/json", request.ReplyAt(time.Now()).AppendJSON(body[:0]))
	})
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	plain := allocationsPerRequest(t, server.Listener.Addr().String())

	t.Logf("%.1f allocations per request, %.1f with plain gin", batched, plain)
	if batched > plain+4 {
		t.Errorf("%.1f allocations per request, %.1f with plain gin", batched, plain)
	}
}

// allocationsPerRequest sends batches of ten over ten connections, with a client that allocates nothing.
func allocationsPerRequest(t *testing.T, address string) float64 {
	t.Helper()
	const size = 10
	sent := fmt.Appendf(nil, "POST /testB HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	reply := make([]byte, 4096)
	var conns [size]net.Conn
	for i := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		conns[i] = conn
	}
	perBatch := testing.AllocsPerRun(500, func() {
		for _, conn := range conns {
			if _, err := conn.Write(sent); err != nil {
				t.Fatal(err)
			}
		}
		for _, conn := range conns {
			if n, err := conn.Read(reply); err != nil || string(reply[:15]) != "HTTP/1.1 200 OK" {
				t.Fatalf("%s, %v", reply[:n], err)
			}
		}
	})
	return perBatch / size
}
