// Service-b answers POST /testB: it gathers requests into batches and calls an AI model once per batch.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

const usage = `usage: service-b [healthcheck]

Without an argument it serves until SIGTERM or SIGINT; a second signal ends it at once.
healthcheck asks the running service whether it is ready, and exits 0 or 1.
It is configured by environment variables: see .env and the README.
`

// gcPercent is the GOGC of service-b unless the environment says otherwise: its live heap is a few
// MB, so that collecting four times as rarely costs little memory, and a tenth less CPU.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal has its default effect
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stderr))
}

// run is the program. It returns the exit status: 0, 1 if it could not run or drain, 2 if an
// argument or a variable is wrong.
func run(ctx context.Context, args, environ []string, stderr io.Writer) int {
	config, err := loadConfig(environ)
	switch {
	case len(args) > 1 || len(args) == 1 && args[0] != "healthcheck":
		fmt.Fprint(stderr, usage)
		return 2
	case err != nil:
		fmt.Fprintln(stderr, err)
		return 2
	case len(args) == 1:
		err = healthcheck(ctx, config.AdminAddr)
	default:
		err = serve(ctx, config, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "service-b:", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, c config, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	s, err := newService(c, newModel(c), log)
	if err != nil {
		return err
	}
	return s.run(ctx)
}

// healthcheck asks the service that runs on this host whether it is ready.
func healthcheck(ctx context.Context, adminAddr string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(adminAddr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New("not ready: " + response.Status)
	}
	return nil
}
