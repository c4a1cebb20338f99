// Service-b answers POST /testB: it gathers requests into batches and calls an AI model once per batch.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"batchlab/internal/admin"
)

const usage = `usage: service-b [healthcheck]

Without an argument it serves until SIGTERM or SIGINT; a second signal ends it at once.
healthcheck asks the running service whether it is ready, and exits 0 or 1.
It is configured by environment variables: see .env and the README.
`

// gcPercent is the GOGC of service-b unless the environment sets it. The live heap is a few MB, so
// collecting a quarter as often costs little memory and saves a tenth of the CPU.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal then ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stderr))
}

// run returns the exit status: 0; 1 if it could not run or drain; 2 if an argument or a variable is wrong.
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
		err = admin.Healthcheck(ctx, config.AdminAddr)
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
	kind, chosen := c.kind(c.models)
	s, err := newService(c, kind.New(chosen), log)
	if err != nil {
		return err
	}
	return s.run(ctx)
}
