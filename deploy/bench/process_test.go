//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestServerThatEndsAtOnceIsAnError(t *testing.T) {
	// Another program answers at the address that the server wants.
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go http.Serve(held, http.NotFoundHandler()) //nolint:errcheck,gosec // ends with the listener
	defer held.Close()

	for _, test := range []struct{ line, want string }{
		{"exec /bin/false", "server ended: exit status 1\n"},
		{"exec /bin/true", "server ended: exit status 0\n"},
		{"echo no licence >&2; exit 3", "server ended: exit status 3\nno licence\n"},
		{"exec /no/such/program", "server ended: exit status 127\n"},
		{fmt.Sprintf("LISTEN_ADDR=%s exec %s plain std", held.Addr(), os.Args[0]), held.Addr().String() + ": bind: address already in use"},
	} {
		p, _, err := start(t.Context(), contender{"server", test.line})
		if err == nil {
			p.stop()
			t.Errorf("%s: no error", test.line)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %q, want %q", test.line, err, test.want)
		}
	}
}

func TestListensKnowsItsOwnSocket(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	impostor, _, err := launch(t.Context(), contender{"impostor", "exec sleep 600"})
	if err != nil {
		t.Fatal(err)
	}
	defer impostor.stop()
	impostor.traffic = held.Addr().String()
	if impostor.listens() {
		t.Error("another program's socket was taken for its own")
	}
	server, _, err := start(t.Context(), plain("plain", "std"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.stop()
	if !server.listens() {
		t.Error("its own socket was not found")
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(reason) })
	if _, _, err := start(ctx, contender{"deaf", "exec sleep 600"}); !errors.Is(err, reason) {
		t.Errorf("the error is %v", err)
	}
}

func TestServerThatEndsInTheMiddleEndsTheRun(t *testing.T) {
	server, ctx, err := start(t.Context(), contender{"server", "exec " + os.Args[0] + " quits"})
	if err != nil {
		t.Fatal(err)
	}
	defer server.stop()
	c := client{contender: contender{"client", "exec " + os.Args[0] + " hangs"}}
	_, err = c.drive(ctx, server, plan{each: 1})
	if err == nil || err.Error() != "server ended: exit status 7\nout of luck <nil>\n" {
		t.Errorf("the error is %v", err)
	}
	if _, err := c.drive(ctx, server, plan{each: 1}); err == nil {
		t.Error("an ended server was driven")
	}
}

func TestStopLeavesNothing(t *testing.T) {
	server, ctx, err := start(t.Context(), plain("plain", "std"))
	if err != nil {
		t.Fatal(err)
	}
	server.stop()
	if err := syscall.Kill(server.cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process is there: %v", err)
	}
	if !errors.Is(context.Cause(ctx), context.Canceled) {
		t.Errorf("the context's cause is %v", context.Cause(ctx))
	}
	server.stop() // a second stop is no error
}

func TestUsedGrows(t *testing.T) {
	p, _, err := launch(t.Context(), contender{"busy", "while :; do :; done"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	for {
		cpu, memory, err := p.used()
		if err != nil || memory > 100 {
			t.Fatalf("a shell has %v MB, %v", memory, err)
		}
		if cpu > 0 && memory > 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestFreeAddressIsOfThisHostAlone(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		address, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil || !net.ParseIP(host).IsLoopback() || host == "127.0.0.1" || seen[address] {
			t.Errorf("%s is not on loopback, or given twice", address)
		}
		seen[address] = true
	}
}

// fake puts shell scripts at the front of PATH.
func fake(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}
