//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// client loads B beside service A. It accounts for each request: one reply, to this very request, or none.
type client struct {
	connections int
	patience    time.Duration   // how long a request waits for its reply
	padding     string          // makes each body larger
	once        bool            // the first request without a reply ends all
	replicas    func() []string // the addresses where B listens at this time

	stop    context.CancelFunc
	workers sync.WaitGroup
	ts      atomic.Int64 // of the last request, in microseconds; no two have the same

	mu     sync.Mutex
	ledger ledger
}

// ledger is what became of a client's requests.
type ledger struct {
	received
	open  int       // connections
	lost  []missing // requests without a reply; attempts to connect are not among them
	wrong []string  // replies that are not the one reply to a request
}

// missing is a request without a reply.
type missing struct {
	replica string
	at      time.Time
	err     error
}

func (c *client) start() {
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	c.ts.Store(time.Now().UnixMicro())
	for id := range c.connections {
		c.workers.Go(func() { c.work(ctx, id) })
	}
}

// end awaits the replies that are due, and returns the final account.
func (c *client) end() ledger {
	c.stop()
	c.workers.Wait()
	return c.account()
}

func (c *client) account() ledger {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.ledger
	l.replies = maps.Clone(l.replies)
	return l
}

// work sends one request after another over a connection that it keeps.
func (c *client) work(ctx context.Context, id int) {
	var conn *conversation
	for ctx.Err() == nil {
		if conn == nil {
			if conn = c.connect(id); conn == nil {
				time.Sleep(50 * time.Millisecond)
				continue
			}
		}
		reply, err := conn.ask(c.ts.Add(1), c.padding, c.patience)
		c.note(conn, reply, err)
		if err != nil && c.once {
			c.stop()
		}
		if err != nil || reply.closing {
			conn = nil
		}
		if err == nil && reply.kind != "ok" {
			time.Sleep(200 * time.Millisecond) // as the reply asks for, though not for a second
		}
	}
	c.hangUp(conn)
}

// connect returns nil if B does not listen.
func (c *client) connect(id int) *conversation {
	addresses := c.replicas()
	if len(addresses) == 0 {
		return nil
	}
	address := addresses[id%len(addresses)]
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledger.open++
	return &conversation{replica: address, conn: conn, reader: bufio.NewReaderSize(conn, 1024)}
}

// note accounts for one request, and closes a connection that cannot be used again.
func (c *client) note(conn *conversation, r reply, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.ledger.unanswered++
		c.ledger.lost = append(c.ledger.lost, missing{conn.replica, time.Now(), err})
	case r.wrong != "":
		c.ledger.wrong = append(c.ledger.wrong, r.wrong)
	default:
		c.ledger.replies = c.ledger.replies.plus(answers{r.kind: 1})
	}
	if err != nil || r.closing {
		c.ledger.open--
		conn.conn.Close()
	}
}

// hangUp ends a connection at rest: a further reply on it would be one too many.
func (c *client) hangUp(conn *conversation) {
	if conn == nil {
		return
	}
	surplus := conn.listen(10 * time.Millisecond)
	conn.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledger.open--
	if surplus != "" {
		c.ledger.wrong = append(c.ledger.wrong, surplus)
	}
}
