package hostid_test

import (
	"os"
	"strings"
	"testing"

	"batchlab/internal/hostid"
)

func TestBootIsOneLabelValue(t *testing.T) {
	if _, err := os.Stat("/proc/sys/kernel/random/boot_id"); err != nil {
		t.Skip("this system has no boot id")
	}
	id := hostid.Boot()
	if id == "" || strings.ContainsAny(id, " \n") || id != hostid.Boot() {
		t.Errorf("got %q", id)
	}
}
