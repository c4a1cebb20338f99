package main

import "fmt"

// otherFiles is what this process opens besides the workers' connections: its own metrics, those of
// B, name look-ups, the report.
const otherFiles = 64

// enoughFiles says in what way CONCURRENCY does not fit into the limit of open files.
func enoughFiles(concurrency int, limit uint64) error {
	need := uint64(concurrency) + otherFiles
	if need <= limit {
		return nil
	}
	fit := max(int64(limit)-otherFiles, 0)
	return fmt.Errorf("CONCURRENCY %d needs %d open files (one a connection, and %d more), but this process may open %d, its hard limit of open files (RLIMIT_NOFILE): "+
		"raise it (ulimit -n %d as root in the shell that starts service-a; ulimits: nofile in docker-compose.yml), or set CONCURRENCY to at most %d",
		concurrency, need, otherFiles, limit, need, fit)
}
