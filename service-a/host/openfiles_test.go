package host

import (
	"math"
	"strings"
	"testing"
)

func TestCheckOpenFiles(t *testing.T) {
	if err := checkOpenFiles(192, 256); err != nil {
		t.Errorf("192 connections within 256: %v", err)
	}
	if err := checkOpenFiles(193, 256); err == nil || !strings.Contains(err.Error(), "CONCURRENCY to at most 192") {
		t.Errorf("193 connections within 256: %v", err)
	}
	if err := checkOpenFiles(1, 10); err == nil || !strings.Contains(err.Error(), "CONCURRENCY to at most 0") {
		t.Errorf("1 connection within 10: %v", err)
	}
	if err := CheckOpenFiles(math.MaxInt32); openFilesLimit() < math.MaxInt32 && err == nil {
		t.Errorf("2147483647 connections within %d: no error", openFilesLimit())
	}
}
