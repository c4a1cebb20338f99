package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"batchlab/service-b/api"
	"batchlab/service-b/batch"
	"batchlab/service-b/model"
)

// traffic serves the traffic port: it answers POST /testB, and everything else with a JSON error.
type traffic struct {
	*gin.Engine
	batcher      *batch.Batcher[string, model.Result]
	metrics      *metrics
	log          *slog.Logger
	maxBody      int64
	writeTimeout time.Duration
	ready        *atomic.Bool // while it is false, every reply closes its connection
	buffers      sync.Pool    // of *bytes.Buffer
}

func newTraffic(batcher *batch.Batcher[string, model.Result], m *metrics, log *slog.Logger, maxBody int64, ready *atomic.Bool) *traffic {
	gin.SetMode(gin.ReleaseMode) // otherwise it prints its routes
	t := &traffic{Engine: gin.New(), batcher: batcher, metrics: m, log: log, maxBody: maxBody, writeTimeout: writeTimeout, ready: ready}
	t.buffers.New = func() any { return new(bytes.Buffer) }
	t.HandleMethodNotAllowed = true // with the Allow header
	t.RedirectTrailingSlash = false
	t.Use(t.recoverPanic)
	t.POST(api.Path, t.testB)
	t.NoMethod(func(c *gin.Context) {
		t.refuse(c, http.StatusMethodNotAllowed, api.CodeMethodNotAllowed, "only POST is allowed here")
	})
	t.NoRoute(func(c *gin.Context) {
		t.refuse(c, http.StatusNotFound, api.CodeNotFound, "nothing here, use POST "+api.Path)
	})
	return t
}

// testB reads one request, waits for its batch, and answers it.
func (t *traffic) testB(c *gin.Context) {
	if c.Request.ContentLength > t.maxBody { // reading would send 100 Continue to a client that waits for it
		t.refuseBody(c, &http.MaxBytesError{Limit: t.maxBody})
		return
	}
	buffer := t.buffers.Get().(*bytes.Buffer)
	defer t.buffers.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(http.MaxBytesReader(c.Writer, c.Request.Body, t.maxBody)); err != nil {
		t.refuseBody(c, err)
		return
	}
	request, err := api.DecodeRequest(buffer.Bytes())
	if err != nil {
		t.count(outcomeInvalid)
		t.refuse(c, http.StatusBadRequest, api.CodeInvalid, err.Error())
		return
	}
	admitted := time.Now()
	result, timing, err := t.batcher.Do(c.Request.Context(), request.URL)
	if err == nil {
		err = result.Err
	}
	if err != nil {
		t.refuseBatch(c, err)
		return
	}
	now := time.Now()
	answer := request.ReplyAt(now)
	t.metrics.served(answer.TSDiff, now.Sub(admitted), timing)
	buffer.Reset()
	t.writeJSON(c, http.StatusOK, answer.AppendJSON(buffer.AvailableBuffer()))
}

// refuseBody answers a request whose body could not be read. It closes the connection: more body may be on its way.
func (t *traffic) refuseBody(c *gin.Context, err error) {
	c.Header("Connection", "close")
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		t.count(outcomeTooLarge)
		t.refuse(c, http.StatusRequestEntityTooLarge, api.CodeTooLarge, fmt.Sprintf("body: over %d bytes (MAX_BODY_BYTES)", t.maxBody))
		return
	}
	t.count(outcomeInvalid)
	problem := "body: cannot be read"
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		problem = fmt.Sprintf("body: not complete within %v", readTimeout)
	}
	t.refuse(c, http.StatusBadRequest, api.CodeInvalid, problem)
}

// refuseBatch answers a valid request that got no result.
func (t *traffic) refuseBatch(c *gin.Context, err error) {
	switch {
	case errors.Is(err, batch.ErrQueueFull):
		t.count(outcomeBusy)
		stats := t.batcher.Stats()
		full := fmt.Sprintf("queue full: %d requests are waiting (QUEUE_LIMIT)", stats.Config.QueueLimit)
		c.Header("Retry-After", retryAfter(stats.TimeToDrain))
		t.refuseAs(c, http.StatusServiceUnavailable, api.ErrorReply{Error: full, Code: api.CodeBusy, Busy: full})
	case errors.Is(err, batch.ErrIncomplete):
		t.count(outcomeIncomplete)
		t.refuse(c, http.StatusGatewayTimeout, api.CodeIncomplete, err.Error())
	case errors.Is(err, batch.ErrDraining):
		t.count(outcomeDraining)
		c.Header("Retry-After", retryAfter(0))
		t.refuse(c, http.StatusServiceUnavailable, api.CodeDraining, "shutting down")
	case c.Request.Context().Err() != nil:
		t.count(outcomeCanceled) // nobody is likely to read this
		c.Header("Connection", "close")
		t.refuse(c, statusClientClosedRequest, api.CodeCanceled, "the client closed its side of the connection before the answer")
	default:
		t.count(outcomeFailed)
		t.refuse(c, http.StatusInternalServerError, api.CodeFailed, "AI call failed: "+err.Error())
	}
}

// statusClientClosedRequest is nginx's status: HTTP defines none for this.
const statusClientClosedRequest = 499

// retryAfter is when to try again, in seconds from 1 to 90, with jitter that spreads the clients.
func retryAfter(wait time.Duration) string {
	seconds := min(max(1, wait.Seconds()), 60)
	jitter := rand.Float64() * max(1, seconds/2)
	return strconv.Itoa(int(math.Round(seconds + jitter)))
}

// recoverPanic answers a request whose handler panicked, unless something was written already.
func (t *traffic) recoverPanic(c *gin.Context) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if r == http.ErrAbortHandler { //nolint:errorlint // net/http compares by identity too
			panic(r)
		}
		t.log.Error("handler panicked", "panic", r, "stack", string(debug.Stack()))
		if !c.Writer.Written() {
			t.count(outcomeFailed)
			t.refuse(c, http.StatusInternalServerError, api.CodeInternal, "internal error")
		}
	}()
	c.Next()
}

func (t *traffic) count(o outcome) { t.metrics.requests[o].Inc() }

func (t *traffic) refuse(c *gin.Context, status int, code, message string) {
	t.refuseAs(c, status, api.ErrorReply{Error: message, Code: code})
}

func (t *traffic) refuseAs(c *gin.Context, status int, reply api.ErrorReply) {
	c.Abort()
	t.writeJSON(c, status, reply.AppendJSON(nil))
}

// Header values are shared between replies, which saves allocating them.
var (
	contentTypeJSON = []string{"application/json; charset=utf-8"}
	connectionClose = []string{"close"}
)

// writeJSON writes the reply in one piece, so that net/http adds its length. The deadline counts from now,
// because the server's own WriteTimeout counts from the request, which may have waited longer in the queue.
func (t *traffic) writeJSON(c *gin.Context, status int, body []byte) {
	header := c.Writer.Header()
	header["Content-Type"] = contentTypeJSON
	if !t.ready.Load() {
		header["Connection"] = connectionClose
	}
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(t.writeTimeout)) // only fails on a closed connection
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(body) // fails if the client has gone
}
