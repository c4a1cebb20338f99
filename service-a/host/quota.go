package host

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Quota is how many cores this process may use: those that it is scheduled on, or fewer where a
// control group limits it (docker run --cpus).
func Quota() float64 {
	most := float64(runtime.GOMAXPROCS(0))
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return most
	}
	return groupLimit("/sys/fs/cgroup", string(groups), most)
}

// groupLimit is the smallest limit of the process's control group (version 2) and its parents, or
// otherwise if there is none.
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
	content, err := os.ReadFile(file)
	if err != nil {
		return otherwise
	}
	used, period, _ := strings.Cut(strings.TrimSpace(string(content)), " ")
	numerator, err := strconv.ParseFloat(used, 64)
	denominator, err2 := strconv.ParseFloat(period, 64)
	if err != nil || err2 != nil || denominator <= 0 {
		return otherwise // "max"
	}
	return numerator / denominator
}
