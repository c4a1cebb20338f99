package load

import (
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"batchlab/service-a/measure"
)

// maxReply bounds the memory that a reply may take.
const maxReply = 1 << 20

// client makes one worker's calls, one at a time, over its own connection. Fasthttp only reads the
// replies: its HostClient needs a tenth more CPU and would not bind a worker to its address.
type client struct {
	link     *link
	message  *message
	timeout  time.Duration
	calling  atomic.Bool // per client, because workers would contend for a shared counter
	response fasthttp.Response
}

// result is a sample that is not yet placed within the run.
type result struct {
	measure.Sample
	sent, end  time.Time
	unsent     bool          // there was no connection
	retryAfter time.Duration // if Busy; negative if the reply does not say
}

// prepare ensures that a call which begins within that time finds a usable connection. If it fails, the call retries.
func (c *client) prepare(within time.Duration) {
	if !c.link.usable(time.Now().Add(within)) {
		_ = c.link.redial(c.timeout)
	}
}

// call sends one request. It returns when it has read the reply, or at most c.timeout after began, connecting included.
func (c *client) call(began time.Time) result {
	sent := began
	if !c.link.usable(began) {
		if err := c.link.redial(c.timeout); err != nil {
			res := c.broken(err, began)
			res.unsent = true
			return res
		}
		sent = time.Now()
	}
	c.calling.Store(true)
	defer c.calling.Store(false)
	if err := c.exchange(sent, began.Add(c.timeout)); err != nil {
		return c.broken(err, sent)
	}
	res := c.understand()
	res.sent, res.end = sent, time.Now()
	c.link.release(c.response.ConnectionClose(), res.end)
	return res
}

func (c *client) exchange(sent, deadline time.Time) error {
	conn, reader := c.link.conn, c.link.reader
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := conn.Write(c.message.at(sent)); err != nil {
		return err
	}
	if _, err := reader.Peek(1); err != nil { // fasthttp would turn every error here into io.EOF
		return fmt.Errorf("before the reply: %w", err)
	}
	return c.response.ReadLimitBody(reader, maxReply)
}

func (c *client) understand() (res result) {
	body := c.response.Body()
	res.Outcome, res.TSDiff, res.Cause = classify(c.response.StatusCode(), body)
	if res.Outcome != measure.OK {
		res.Example = example(body)
	}
	if res.Outcome == measure.Busy {
		res.retryAfter = retryAfter(string(c.response.Header.Peek(fasthttp.HeaderRetryAfter)), time.Now())
	}
	return res
}

// broken is the result of a call without a usable reply. Its connection is dropped.
func (c *client) broken(err error, sent time.Time) result {
	c.link.drop()
	res := result{sent: sent, end: time.Now()}
	res.Outcome, res.Cause = failure(err)
	res.Example = err.Error()
	return res
}

// retryAfter is the wait that a Retry-After header asks for, in seconds or as a date; negative if it is invalid.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	return -1
}
