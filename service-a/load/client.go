package load

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"batchlab/service-a/measure"
	"batchlab/service-b/api"
)

// maxReply bounds the body of a reply.
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
	res := c.understand(sent)
	res.sent, res.end = sent, time.Now()
	c.link.release(c.response.ConnectionClose() || res.Cause == anotherRequest, res.end)
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
	return c.tooLarge(c.response.ReadLimitBody(reader, maxReply))
}

// tooLarge replaces fasthttp's errors about a large reply, which advise programmers.
func (c *client) tooLarge(err error) error {
	if errors.Is(err, fasthttp.ErrBodyTooLarge) {
		return fmt.Errorf("%w, status %d", errBodyTooLarge, c.response.StatusCode())
	}
	if _, ok := errors.AsType[*fasthttp.ErrSmallBuffer](err); ok {
		headers, _ := c.link.reader.Peek(c.link.reader.Buffered())
		return fmt.Errorf("%w: %s", errHeadersTooLarge, example(headers))
	}
	return err
}

func (c *client) understand(sent time.Time) (res result) {
	body := c.response.Body()
	res.Outcome, res.TSDiff, res.Cause = classify(c.response.StatusCode(), body, api.MillisOf(sent, true))
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

// mostRetryAfter is the longest wait that a server may impose on a worker; B asks for at most 90 seconds.
const mostRetryAfter = 2 * time.Minute

// retryAfter is the wait that a Retry-After header asks for, in seconds or as a date; negative if it is invalid.
func retryAfter(header string, now time.Time) time.Duration {
	seconds, err := strconv.ParseUint(header, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) { // then seconds is the largest number
		return time.Duration(min(seconds, uint64(mostRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return min(max(date.Sub(now), 0), mostRetryAfter)
	}
	return -1
}
