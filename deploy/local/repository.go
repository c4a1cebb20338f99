package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// repository is the root folder of the checkout that the current folder is in.
type repository string

func findRepository(ctx context.Context) (repository, error) {
	gomod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	root := repository(filepath.Dir(strings.TrimSpace(string(gomod))))
	if _, err := os.Stat(root.path("service-b")); err != nil {
		return "", fmt.Errorf("run this inside the batchlab repository (%w)", errUsage)
	}
	return root, nil
}

func (r repository) path(elements ...string) string {
	return filepath.Join(append([]string{string(r)}, elements...)...)
}

// binary is where build leaves a service. The name is what top shows.
func (r repository) binary(service string) string {
	if runtime.GOOS == "windows" {
		service += ".exe"
	}
	return r.path("bin", service)
}

// build leaves both services in bin/, which git ignores: there, go build can tell what is up to date.
func (r repository) build(ctx context.Context, environ []string, stderr io.Writer) error {
	args := []string{"build", "-o", "bin" + string(filepath.Separator), "./service-a", "./service-b"}
	fmt.Fprintf(stderr, "local: go %s\n", strings.Join(args, " "))
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir, command.Env = string(r), environ
	command.Stdout, command.Stderr = stderr, stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	return nil
}
