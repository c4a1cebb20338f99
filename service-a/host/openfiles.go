package host

import "fmt"

// otherFiles counts the files other than the workers' connections: metrics of A and B, name look-ups, the report.
const otherFiles = 64

// CheckOpenFiles returns an error if the limit of open files is too low for CONCURRENCY.
func CheckOpenFiles(concurrency int) error { return checkOpenFiles(concurrency, openFilesLimit()) }

func checkOpenFiles(concurrency int, limit uint64) error {
	need := uint64(concurrency) + otherFiles
	if need <= limit {
		return nil
	}
	fit := max(int64(limit)-otherFiles, 0)
	return fmt.Errorf("CONCURRENCY %d needs %d open files (one per connection, and %d more), but this process may open %d, its hard limit (RLIMIT_NOFILE): "+
		"raise it (ulimit -n %d as root in the shell that starts service-a; ulimits: nofile in docker-compose.yml), or set CONCURRENCY to at most %d",
		concurrency, need, otherFiles, limit, need, fit)
}
