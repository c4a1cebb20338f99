package host

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Quota is how many cores this process may use: GOMAXPROCS, or the control group's limit if lower (docker run --cpus).
func Quota() float64 {
	groups, _ := os.ReadFile("/proc/self/cgroup") // without it, the limit is unknown
	return groupLimit("/sys/fs/cgroup", string(groups), float64(runtime.GOMAXPROCS(0)))
}

// groupLimit is the smallest limit of the control group (version 2) and its parents, and at most otherwise.
func groupLimit(root, groups string, otherwise float64) float64 {
	limit := otherwise
	for line := range strings.Lines(groups) {
		group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for ; ok; group = filepath.Dir(group) {
			limit = min(limit, cpuMax(filepath.Join(root, group, "cpu.max"), limit))
			if group == "/" || group == "." {
				break
			}
		}
	}
	return limit
}

// cpuMax reads a limit in cores from a file "<microseconds or max> <period in microseconds>".
func cpuMax(file string, otherwise float64) float64 {
	var used, period float64
	content, _ := os.ReadFile(file)
	if n, _ := fmt.Sscan(string(content), &used, &period); n < 2 || period <= 0 {
		return otherwise // no file, or "max"
	}
	return used / period
}
