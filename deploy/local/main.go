// Command local is the lab without Docker: it builds service-a and service-b, starts both on 127.0.0.1, set by
// .env, and ends when service-a does, with its exit status (go run makes 1 of any that is not 0). With -prometheus
// and -grafana the lab's dashboard comes along, from the repository's own files.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run is the whole program: stdout gets what service-a prints, stderr the lab's own messages. It returns
// the exit status. When ctx ends, everything that it started is killed.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	opts, err := parseOptions(args, stderr)
	if err == nil {
		stop, kill := interrupts(ctx)
		l := &lab{opts: opts, environ: environ, kill: kill, stdout: stdout, stderr: stderr}
		err = l.run(stop)
	}
	if errors.Is(err, errInterrupted) {
		fmt.Fprintln(stderr) // the cursor stands behind ^C
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stderr, "local: %v\n", err)
	}
	return exitStatus(err)
}

// interrupts turns signals into two contexts. The first Ctrl-C, SIGTERM or SIGHUP ends stop; a second Ctrl-C
// or SIGTERM ends kill. A closing terminal sends SIGHUP twice, so SIGHUP never kills. The end of parent ends both.
func interrupts(parent context.Context) (stop, kill context.Context) {
	kill, endKill := context.WithCancel(parent)
	stop, endStop := context.WithCancel(kill)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		endStop()
		for <-signals == syscall.SIGHUP {
		}
		endKill()
	}()
	return stop, kill
}

var (
	errUsage       = errors.New("nothing was started")
	errInterrupted = errors.New("interrupted")
)

// exitStatus is 0, service-a's own (or that of the program whose end ended the lab), 2 for a usage
// error, 130 if service-a could not end by itself, and 1 for all else.
func exitStatus(err error) int {
	ended, isExit := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case errors.Is(err, errInterrupted):
		return 130
	case isExit:
		return max(1, ended.ExitCode()) // a signal's is -1
	}
	return 1
}
