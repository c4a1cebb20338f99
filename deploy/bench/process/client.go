package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Used is what a program that has ended took.
type Used struct {
	Output []byte        // standard output and error
	CPU    time.Duration // user and system time, start-up included
}

// Run runs a program to its end; environ is added to this process's own. What it printed is in the
// error when it failed.
func Run(ctx context.Context, environ []string, program string, args ...string) (Used, error) {
	var output bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), environ...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return Used{}, fmt.Errorf("%s: %w\n%s", program, err, output.Bytes())
	}
	return Used{Output: output.Bytes(), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}
