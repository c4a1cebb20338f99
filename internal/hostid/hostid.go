// Package hostid tells hosts apart.
package hostid

import (
	"os"
	"strings"
)

// Boot identifies the running kernel. All containers of a host share it. It is "" where it is unknown.
func Boot() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}
