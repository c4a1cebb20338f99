// Package events lets the stand-ins report to a test what happens to them, in files of the folder TEST_DIR.
package events

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// Tell appends a line to the file events, which has the lines of all processes in order.
func Tell(format string, args ...any) {
	file, err := os.OpenFile(path("events"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	Must(err)
	defer file.Close()
	fmt.Fprintf(file, format+"\n", args...)
}

// Keep writes a file with that name.
func Keep(name, text string) { Must(os.WriteFile(path(name), []byte(text), 0o644)) }

// KeepEnvironment writes the process's variables to name.env.
func KeepEnvironment(name string) { Keep(name+".env", strings.Join(os.Environ(), "\n")) }

// KeepFolder copies a folder to that name.
func KeepFolder(name, folder string) { Must(os.CopyFS(path(name), os.DirFS(folder))) }

// Signals are the signals that ask a process to end.
func Signals() <-chan os.Signal {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return signals
}

func Must(err error) {
	if err != nil {
		panic(err)
	}
}

func path(name string) string { return filepath.Join(os.Getenv("TEST_DIR"), name) }
