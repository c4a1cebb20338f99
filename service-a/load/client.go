package load

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"batchlab/service-a/measure"
)

// maxReply bounds the memory that a reply may take.
const maxReply = 1 << 20

// client makes one worker's calls, one at a time, over a connection of its own. It writes to the
// connection itself and leaves reading replies to fasthttp: next to fasthttp's HostClient that
// saves a tenth of the CPU, and lets each worker keep to its address.
type client struct {
	link     *link
	message  *message
	timeout  time.Duration
	response fasthttp.Response
}

// result is what a call came to.
type result struct {
	outcome    measure.Outcome
	tsDiff     time.Duration
	sent, end  time.Time
	cause      string
	example    string
	retryAfter time.Duration // negative when the reply does not say
}

// prepare connects ahead of a call, as far as it can; call reports what stands in the way.
func (c *client) prepare() { _ = c.link.ready(time.Now(), c.timeout) }

// call sends one request, and returns when its reply is read or c.timeout has passed since began.
func (c *client) call(began time.Time) result {
	sent := began
	if !c.link.isReady(began) {
		if err := c.link.ready(began, c.timeout); err != nil {
			return c.broken(err, began)
		}
		sent = time.Now()
	}
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
	if _, err := reader.Peek(1); err != nil { // fasthttp makes every error here an io.EOF
		return fmt.Errorf("before the reply: %w", err)
	}
	return c.response.ReadLimitBody(reader, maxReply)
}

func (c *client) understand() (res result) {
	r := reply{status: c.response.StatusCode(), body: c.response.Body()}
	res.outcome, res.tsDiff, res.cause = classify(r)
	res.retryAfter = -1
	if res.outcome == measure.OK {
		return res
	}
	res.example = example(r.body)
	if res.outcome == measure.Busy {
		res.retryAfter = retryAfter(string(c.response.Header.Peek(fasthttp.HeaderRetryAfter)), time.Now())
	}
	return res
}

// broken is the result of a call that got no usable reply; its connection is given up.
func (c *client) broken(err error, sent time.Time) result {
	c.link.close()
	res := result{sent: sent, end: time.Now(), retryAfter: -1, example: err.Error()}
	res.outcome, res.cause = failure(err)
	return res
}

// retryAfter returns how long a Retry-After header, in seconds or as a date, asks to wait;
// negative when it does not say.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	return -1
}
