// Package process builds, starts and measures the programs that the benchmarks compare.
package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds Go programs into dir, each under the last element of its path. Modfile names the
// module file that holds them, "" for the module's own.
func Build(ctx context.Context, dir, modfile string, packages ...string) error {
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	if modfile != "" {
		args = append(args, "-modfile="+modfile)
	}
	build := exec.CommandContext(ctx, "go", append(args, packages...)...)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building %v: %w", packages, err)
	}
	return nil
}
