package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"batchlab/service-b/batch"
	ai "batchlab/service-b/model"
)

// rawClient is one connection to the traffic port.
type rawClient struct {
	*net.TCPConn
	t       *testing.T
	replies *bufio.Reader
}

func (s *started) dial() *rawClient {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.trafficListener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	return &rawClient{conn.(*net.TCPConn), s.t, bufio.NewReader(conn)}
}

func (c *rawClient) send() {
	c.t.Helper()
	if _, err := fmt.Fprintf(c, "POST /testB HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		c.t.Fatal(err)
	}
}

// receive reads a reply, and returns its status.
func (c *rawClient) receive() int {
	c.t.Helper()
	response, err := http.ReadResponse(c.replies, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode
}

const beyondPatience = 4 * batch.Patience

// slow is a model that takes long enough for the clients to be watched.
var slow = modelFunc(func(_ context.Context, urls []string) ([]ai.Result, error) {
	time.Sleep(beyondPatience)
	return make([]ai.Result, len(urls)), nil
})

// The byte that is read ahead belongs to the next request, whenever that comes.
func TestWatchedConnectionGoesOn(t *testing.T) {
	for name, pause := range map[string]time.Duration{"at once": 0, "later": beyondPatience} {
		t.Run(name, func(t *testing.T) {
			c := start(t, slow, "BATCH_SIZE=1").dial()
			for i := range 5 {
				c.send()
				if status := c.receive(); status != 200 {
					t.Fatalf("request %d: %d", i, status)
				}
				time.Sleep(pause)
			}
		})
	}
}

func TestPipelinedRequestOfAWatchedClientIsNotLost(t *testing.T) {
	g := newGate()
	s := start(t, g, "BATCH_SIZE=1")
	c := s.dial()
	c.send()
	time.Sleep(beyondPatience)
	c.send()
	c.send()
	time.Sleep(beyondPatience)
	close(g.open)
	for range 3 {
		if status := c.receive(); status != 200 {
			t.Errorf("got %d", status)
		}
	}
	if got := s.metrics.count(outcomeOK); got != 3 {
		t.Errorf("%v ok, want 3", got)
	}
}

// Whoever closes his side after the request has gone, as far as HTTP can tell.
func TestClientThatGoesDuringTheCallIsCanceled(t *testing.T) {
	g := newGate()
	s := start(t, g, "BATCH_SIZE=1")
	c := s.dial()
	c.send()
	s.await("in the model", func() bool { return g.entered.Load() == 1 })
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if status := c.receive(); status != statusClientClosedRequest {
		t.Errorf("got %d", status)
	}
	close(g.open)
}

func TestWatchedConnectionStillIdlesOut(t *testing.T) {
	s := startWith(t, func(s *service) { s.traffic.IdleTimeout = 100 * time.Millisecond }, slow, "BATCH_SIZE=1")
	c := s.dial()
	c.send()
	if status := c.receive(); status != 200 {
		t.Fatalf("got %d", status)
	}
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.replies.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end of the connection", err)
	}
}

// A client whose answer comes soon is not watched, which is what the reading ahead costs.
func TestQuickAnswerIsNotWatched(t *testing.T) {
	conns := make(chan net.Conn, 1)
	s := startWith(t, func(s *service) {
		s.traffic.ConnState = func(conn net.Conn, state http.ConnState) {
			if state == http.StateIdle {
				conns <- conn
			}
		}
	}, ai.Noop{}, "BATCH_SIZE=1")
	for range 20 { // one of them will be quick, on however busy a machine
		c := s.dial()
		c.send()
		c.receive()
		client := (<-conns).(*clientConn)
		client.mu.Lock()
		watched := client.gone != nil
		client.mu.Unlock()
		if !watched {
			return
		}
	}
	t.Error("every one is watched")
}
