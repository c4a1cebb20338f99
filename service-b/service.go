package main

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"batchlab/internal/admin"
	"batchlab/service-b/api"
	"batchlab/service-b/batch"
	"batchlab/service-b/model"
)

// service is a running service-b: two listeners and the batcher behind them.
type service struct {
	config  config
	metrics *metrics
	log     *slog.Logger
	batcher *batch.Batcher[string, model.Result]
	ready   atomic.Bool
	traffic *http.Server
	admin   *http.Server

	trafficListener, adminListener net.Listener
}

// newService binds both addresses, so that an address in use is an error before B serves anything.
func newService(c config, ai model.Model, log *slog.Logger) (*service, error) {
	metrics := newMetrics()
	s := &service{config: c, log: log, metrics: metrics}
	var err error
	failures := failureLog{log: log}
	s.batcher, err = batch.New(c.batching(c.Config), withCPUTime(ai.Infer, metrics.aiCPU), func(b batch.Batch) {
		metrics.batches.count(b)
		if b.Err != nil {
			failures.callFailed(b)
		}
	})
	if err != nil {
		return nil, err
	}
	metrics.registry.MustRegister(figures{s.batcher.Stats})
	metrics.registry.MustRegister(model.Collectors(ai)...)
	knobs := newKnobs(c, s.batcher, ai, metrics)
	s.traffic = newServer(newTraffic(s.batcher, metrics, log, c.MaxBodyBytes, &s.ready), log)
	s.traffic.ReadTimeout = readTimeout
	s.traffic.WriteTimeout = writeTimeout // for replies of net/http itself; see traffic.writeJSON
	s.admin = newServer(newAdmin(knobs, metrics.registry, s.state), log)
	s.admin.ReadHeaderTimeout = readTimeout // a ReadTimeout would cut profiles short

	if s.trafficListener, err = net.Listen("tcp", c.ListenAddr); err != nil {
		return nil, fmt.Errorf("LISTEN_ADDR is %q: %w", c.ListenAddr, err)
	}
	if s.adminListener, err = net.Listen("tcp", c.AdminAddr); err != nil {
		return nil, errors.Join(fmt.Errorf("ADMIN_ADDR is %q: %w", c.AdminAddr, err), s.trafficListener.Close())
	}
	return s, nil
}

const (
	// readTimeout is how long a client may take to send a request, headers and body.
	readTimeout = 10 * time.Second
	// writeTimeout is how long a client may take to read a reply.
	writeTimeout = 30 * time.Second
)

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:                      handler,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               16 << 10,
		DisableGeneralOptionsHandler: true, // it would answer OPTIONS * without JSON
		ErrorLog:                     stdlog.New(&serverLog{failureLog{log: log}}, "", 0),
	}
}

// run serves until ctx ends, and then drains. It returns nil after a complete drain.
func (s *service) run(ctx context.Context) error {
	var servers errgroup.Group
	serveCtx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	serve := func(server *http.Server, listener net.Listener) {
		servers.Go(func() error {
			err := server.Serve(listener)
			stop(err)
			return err
		})
	}
	serve(s.traffic, s.trafficListener)
	serve(s.admin, s.adminListener)
	s.ready.Store(true)
	s.log.Info("serving", "traffic", s.trafficListener.Addr().String(), "admin", s.adminListener.Addr().String(),
		"batch_size", s.config.BatchSize, "batch_timeout", s.config.BatchTimeout, "ai_model", s.config.AIModel,
		"ai_workers", s.batcher.Stats().Config.Workers)
	<-serveCtx.Done()
	s.log.Info("draining", "queue_depth", s.batcher.Stats().QueueDepth)
	err := s.shutdown()
	if serveErr := servers.Wait(); !errors.Is(serveErr, http.ErrServerClosed) {
		return serveErr
	}
	return err
}

// state says in one word whether B can serve a request now.
func (s *service) state() string {
	if !s.ready.Load() {
		return api.CodeDraining
	}
	if stats := s.batcher.Stats(); stats.Overdue >= stats.Config.Workers {
		return "stuck" // every worker is held by a call that ignores its timeout
	}
	return admin.Ready
}

// shutdown refuses new requests, answers all admitted ones, and only then closes the servers.
func (s *service) shutdown() error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), s.config.ShutdownTimeout,
		fmt.Errorf("not drained within SHUTDOWN_TIMEOUT (%v)", s.config.ShutdownTimeout))
	defer cancel()
	s.ready.Store(false)
	err := s.batcher.Drain(ctx)
	s.linger(ctx)

	// Requests still in progress have their answers and only need to write them.
	closing, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.traffic.Shutdown(closing) != nil {
		_ = s.traffic.Close() // the remaining connections have not sent a whole request
	}
	_ = s.admin.Close()
	s.log.Info("stopped", s.metrics.answered()...)
	return err
}

// linger keeps refusing requests until none has come for a moment. Closing at once would reset the
// connections of clients that do not know yet that B is stopping.
func (s *service) linger(ctx context.Context) {
	const quiet, most = 100 * time.Millisecond, time.Second
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for last := -1.0; ctx.Err() == nil; {
		refused := s.metrics.count(outcomeDraining)
		if refused == last {
			return
		}
		last = refused
		select {
		case <-time.After(quiet):
		case <-ctx.Done():
		}
	}
}
