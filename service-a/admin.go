package main

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"batchlab/internal/admin"
	"batchlab/service-a/report"
)

// serveAdmin serves metrics, health, profiles and reports at ADMIN_ADDR in the background until stop is called.
func serveAdmin(cfg config, registry *prometheus.Registry, state func() string) (stop func(), err error) {
	listener, err := net.Listen("tcp", cfg.AdminAddr)
	if err != nil {
		return nil, fmt.Errorf("ADMIN_ADDR is %q: %w", cfg.AdminAddr, err)
	}
	routes := map[string]http.HandlerFunc{}
	if cfg.ReportDir != none {
		routes["GET /{$}"] = report.Index(cfg.ReportDir)
		routes["GET /{report}"] = report.File(cfg.ReportDir)
	}
	server := &http.Server{Handler: admin.Handler(registry, state, routes), ReadHeaderTimeout: 5 * time.Second}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) }) // returns when stop closes it
	return func() {
		_ = server.Close()
		serving.Wait()
	}, nil
}
