package host

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// proc is a /proc of two cores, with the given host line and process times in ticks of 10 ms.
func proc(t *testing.T, cpu string, utime, stime int) Meter {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{
		"stat":    cpu + "\ncpu0 0 0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\nbtime 1\n",
		"42/stat": fmt.Sprintf("42 (service a) S 1 1 1 0 -1 0 0 0 0 0 %d %d 7 7 20 0 1 0 100 1 1 1 1 1 1 1 1 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", utime, stime),
	}
	for name, content := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("42", filepath.Join(root, "self")); err != nil {
		t.Skip("this system has no symbolic links:", err)
	}
	return newMeter(root)
}

func value(v *float64) float64 {
	if v == nil {
		return -1
	}
	return *v
}

func TestUsage(t *testing.T) {
	//                         user nice system idle iowait irq softirq steal guest guest_nice
	before := proc(t, "cpu     1000 100  200    5000 300    10  20      900   500   50", 100, 50).Read()
	after := proc(t, "cpu      1100 110  230    5040 310    15  25      950   599   59", 160, 90).Read()
	after.at = before.at.Add(4 * time.Second)
	got := after.Since(before)
	if value(got.OwnSeconds) != 1 || value(got.OwnCores) != 0.25 {
		t.Errorf("own: %g s, %g cores; want 1 s in 4 s", value(got.OwnSeconds), value(got.OwnCores))
	}
	// 150 ticks busy (100 + 10 + 30 + 5 + 5; guest time is within user's) and 50 stolen, of 250.
	if value(got.BusyPercent) != 60 || value(got.StealPercent) != 20 {
		t.Errorf("host busy %g %%, steal %g %%; want 60 and 20, as in top", value(got.BusyPercent), value(got.StealPercent))
	}
	if after.Cores != 2 {
		t.Errorf("%d cores, want 2", after.Cores)
	}
}

// The kernel's iowait and steal can fall. Like top, the meter takes that for 0.
func TestCountersThatFall(t *testing.T) {
	before := proc(t, "cpu 1000 0 0 5000 300 0 0 70 0 0", 100, 50).Read()
	after := proc(t, "cpu 1100 0 0 5000 295 0 0 60 0 0", 100, 50).Read()
	after.at = before.at.Add(time.Second)
	if got := after.Since(before); value(got.BusyPercent) != 100 || value(got.StealPercent) != 0 {
		t.Errorf("host busy %g %%, steal %g %%; want 100 and 0", value(got.BusyPercent), value(got.StealPercent))
	}
}

func TestUnknownUsage(t *testing.T) {
	known := NewMeter().Read()
	nothing := newMeter(filepath.Join(t.TempDir(), "missing")).Read()
	empty := newMeter(t.TempDir()).Read()
	for name, pair := range map[string][2]Reading{
		"no reading before": {{}, known}, "no reading after": {known, {}}, "no reading": {},
		"no /proc": {nothing, nothing}, "an empty /proc": {empty, empty}, "/proc is gone": {known, nothing},
	} {
		if got := pair[1].Since(pair[0]); got != (Usage{}) {
			t.Errorf("%s: %+v, want nothing", name, got)
		}
	}
	if got := known.Since(known); got != (Usage{}) {
		t.Errorf("no time has passed: %+v, want nothing", got)
	}
}

// Two ticks of 10 ms, both busy, do not make a full host, and none of A's does not make an idle one.
func TestUsageOfAMoment(t *testing.T) {
	before := proc(t, "cpu 1000 0 0 5000 0 0 0 0 0 0", 100, 50).Read()
	after := proc(t, "cpu 1002 0 0 5000 0 0 0 0 0 0", 100, 50).Read()
	for length, want := range map[time.Duration]bool{11 * time.Millisecond: false, 99 * time.Millisecond: false, 100 * time.Millisecond: true} {
		after.at = before.at.Add(length)
		if got := after.Since(before); (got != Usage{}) != want {
			t.Errorf("after %s: %+v, known %v", length, got, want)
		}
	}
}

// The meter sees the CPU that this process uses.
func TestMeterOfThisProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this system has no /proc")
	}
	meter := NewMeter()
	before := meter.Read()
	for deadline := time.Now().Add(time.Minute); ; {
		used := meter.Read().Since(before)
		if value(used.OwnSeconds) >= 0.05 && value(used.BusyPercent) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute of computing: %g s, host %g %% busy", value(used.OwnSeconds), value(used.BusyPercent))
		}
	}
	if before.Cores < 1 {
		t.Errorf("%d cores", before.Cores)
	}
}
