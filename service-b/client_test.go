package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	ai "batchlab/service-b/model"
)

var postRequest = fmt.Sprintf("POST /testB HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body)

// rawClient is one connection to the traffic port.
type rawClient struct {
	net.Conn
	t       *testing.T
	replies *bufio.Reader
}

func newRawClient(t *testing.T, conn net.Conn) *rawClient {
	t.Cleanup(func() { _ = conn.Close() })
	return &rawClient{conn, t, bufio.NewReader(conn)}
}

func (s *started) dial() *rawClient {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.trafficListener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	return newRawClient(s.t, conn)
}

func (c *rawClient) send() {
	c.t.Helper()
	if _, err := io.WriteString(c, postRequest); err != nil {
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

// lasts is a model whose calls take that long.
func lasts(d time.Duration) modelFunc {
	return func(_ context.Context, urls []string) ([]ai.Result, error) {
		time.Sleep(d)
		return make([]ai.Result, len(urls)), nil
	}
}

func TestWaitMayOutlastAllTimeoutsOfTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, lasts(10*time.Minute), "BATCH_SIZE=1", "AI_TIMEOUT=1h")
		c := s.dialPipe()
		for range 2 {
			c.send()
			if status := c.receive(); status != 200 {
				t.Errorf("got %d", status)
			}
		}
	})
}

func TestPipeliningClientIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, lasts(2*readTimeout), "BATCH_SIZE=1", "AI_TIMEOUT=1h")
		c := s.dialPipe()
		go func() {
			for range 3 {
				_, _ = io.WriteString(c, postRequest)
			}
		}()
		for range 3 {
			if status := c.receive(); status != 200 {
				t.Errorf("got %d", status)
			}
		}
		if got := s.metrics.count(outcomeOK); got != 3 {
			t.Errorf("%v ok, want 3", got)
		}
	})
}

func TestClientThatHangsUpIsNoticedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, ai.Noop{}, "BATCH_SIZE=2", "BATCH_TIMEOUT=1h")
		c := s.dialPipe()
		c.send()
		synctest.Wait()
		if depth := s.batcher.Stats().QueueDepth; depth != 1 {
			t.Errorf("queue depth %d, want 1", depth)
		}
		_ = c.Close()
		synctest.Wait() // no time passes
		if depth := s.batcher.Stats().QueueDepth; depth != 0 {
			t.Errorf("queue depth %d after it has gone", depth)
		}
		if got := s.metrics.count(outcomeCanceled); got != 1 {
			t.Errorf("%v canceled, want 1", got)
		}
	})
}

// net/http treats a client that closes its side after the request as gone.
func TestClientThatClosesItsSideDuringTheCallIsCanceled(t *testing.T) {
	g := newGate()
	s := start(t, g, "BATCH_SIZE=1")
	c := s.dial()
	c.send()
	s.await("in the model", func() bool { return g.entered.Load() == 1 })
	if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if status := c.receive(); status != statusClientClosedRequest {
		t.Errorf("got %d", status)
	}
	close(g.open)
}

func TestIdleConnectionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startWith(t, onPipes, ai.Noop{}, "BATCH_SIZE=1")
		c := s.dialPipe()
		c.send()
		if status := c.receive(); status != 200 {
			t.Fatalf("got %d", status)
		}
		began := time.Now()
		if _, err := c.replies.ReadByte(); err != io.EOF || time.Since(began) != s.traffic.IdleTimeout {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// closings reports when the service has closed a connection and its goroutine ends.
func closings(s *service) <-chan time.Time {
	closed := make(chan time.Time, 1)
	s.traffic.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- time.Now()
		}
	}
	return closed
}

func TestClientThatDoesNotReadIsCutOff(t *testing.T) {
	for name, sent := range map[string]string{
		"reply":                     postRequest,
		"refusal":                   "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
		"refusal by net/http":       "hello\r\n\r\n",
		"invitation to send a body": "POST /testB HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var closed <-chan time.Time
				s := startWith(t, func(s *service) { onPipes(s); closed = closings(s) }, ai.Noop{}, "BATCH_SIZE=1")
				c := s.dialPipe()
				began := time.Now()
				if _, err := io.WriteString(c, sent); err != nil {
					t.Fatal(err)
				}
				if after := (<-closed).Sub(began); after != writeTimeout {
					t.Errorf("cut off after %v, want %v", after, writeTimeout)
				}
			})
		})
	}
}

// A TCP client keeps sending until all buffers are full, and reads nothing.
func TestPipeliningClientThatNeverReadsIsCutOff(t *testing.T) {
	var closed <-chan time.Time
	s := startWith(t, func(s *service) {
		closed = closings(s)
		s.traffic.Handler.(*traffic).writeTimeout = 50 * time.Millisecond
		s.traffic.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
			_ = conn.(*net.TCPConn).SetWriteBuffer(4096)
			return ctx
		}
	}, ai.Noop{}, "BATCH_SIZE=1")
	c := s.dial()
	if err := c.Conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	go func() {
		for range 20_000 {
			if _, err := io.WriteString(c, postRequest); err != nil {
				return
			}
		}
	}()
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		t.Errorf("not cut off after %v replies", s.metrics.count(outcomeOK))
	}
}
