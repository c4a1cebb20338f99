package cpulimit

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Of 4 cores. A mount is "<root> <mount point> <type> <options>".
func TestCores(t *testing.T) {
	const (
		v1     = "/ /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct"
		v2     = "/ /sys/fs/cgroup cgroup2 rw"
		hybrid = "/ /sys/fs/cgroup/unified cgroup2 rw"
	)
	tests := []struct {
		name   string
		groups []string
		mounts []string
		files  map[string]string // by their path in /sys/fs/cgroup
		want   float64
	}{
		{"v2, own group", []string{"0::/lab/a"}, []string{v2}, map[string]string{"lab/a/cpu.max": "150000 100000"}, 1.5},
		{"v2, group of a container that sees itself as the root", []string{"0::/"}, []string{v2}, map[string]string{"cpu.max": "50000 100000"}, 0.5},
		{"v2, a parent is lower", []string{"0::/lab/a"}, []string{v2}, map[string]string{"lab/cpu.max": "100000 100000", "lab/a/cpu.max": "300000 100000"}, 1},
		{"v2, a parent is higher", []string{"0::/lab/a"}, []string{v2}, map[string]string{"lab/cpu.max": "300000 100000", "lab/a/cpu.max": "100000 100000"}, 1},
		{"v2, no period", []string{"0::/lab"}, []string{v2}, map[string]string{"lab/cpu.max": "50000"}, 4},
		{"v2, a parent has no limit", []string{"0::/lab/a"}, []string{v2}, map[string]string{"lab/cpu.max": "max 100000", "lab/a/cpu.max": "300000 100000"}, 3},
		{"v2, limit above the cores", []string{"0::/lab"}, []string{v2}, map[string]string{"lab/cpu.max": "800000 100000"}, 4},
		{"v2, another group's limit", []string{"0::/lab"}, []string{v2}, map[string]string{"other/cpu.max": "50000 100000"}, 4},
		{"v2, part of the tree is mounted", []string{"0::/machine/lab/a"}, []string{"/machine /sys/fs/cgroup cgroup2 rw"}, map[string]string{"lab/cpu.max": "50000 100000"}, 0.5},
		{"v2, broken file", []string{"0::/"}, []string{v2}, map[string]string{"cpu.max": "x"}, 4},
		{"v1, own group", []string{"2:cpu,cpuacct:/lab/a"}, []string{v1}, map[string]string{"cpu,cpuacct/lab/a/cpu.cfs_quota_us": "150000", "cpu,cpuacct/lab/a/cpu.cfs_period_us": "100000"}, 1.5},
		{"v1, a parent is lower", []string{"2:cpu,cpuacct:/lab/a"}, []string{v1}, map[string]string{"cpu,cpuacct/lab/cpu.cfs_quota_us": "25000", "cpu,cpuacct/lab/cpu.cfs_period_us": "50000",
			"cpu,cpuacct/lab/a/cpu.cfs_quota_us": "-1", "cpu,cpuacct/lab/a/cpu.cfs_period_us": "100000"}, 0.5},
		{"v1, no limit", []string{"2:cpu,cpuacct:/"}, []string{v1}, map[string]string{"cpu,cpuacct/cpu.cfs_quota_us": "-1", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 4},
		{"v1, container that sees its group as the root of the mount", []string{"2:cpu,cpuacct:/docker/7f"}, []string{"/docker/7f /sys/fs/cgroup/cpu,cpuacct cgroup ro,cpu,cpuacct"},
			map[string]string{"cpu,cpuacct/cpu.cfs_quota_us": "100000", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 1},
		{"v1, the group is outside the mount", []string{"2:cpu,cpuacct:/"}, []string{"/docker/7f /sys/fs/cgroup/cpu,cpuacct cgroup ro,cpu,cpuacct"},
			map[string]string{"cpu,cpuacct/cpu.cfs_quota_us": "100000", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 1},
		{"v1, the mount shows another group", []string{"2:cpu,cpuacct:/lab"}, []string{"/docker/7f /sys/fs/cgroup/cpu,cpuacct cgroup ro,cpu,cpuacct"},
			map[string]string{"cpu,cpuacct/cpu.cfs_quota_us": "100000", "cpu,cpuacct/cpu.cfs_period_us": "100000", "cpu,cpuacct/lab/cpu.cfs_quota_us": "50000", "cpu,cpuacct/lab/cpu.cfs_period_us": "100000"}, 1},
		{"v1, the limit of another controller's group", []string{"3:memory:/lab", "2:cpu,cpuacct:/"}, []string{v1, "/ /sys/fs/cgroup/memory cgroup rw,memory"},
			map[string]string{"cpu,cpuacct/lab/cpu.cfs_quota_us": "1000", "cpu,cpuacct/lab/cpu.cfs_period_us": "100000", "memory/lab/cpu.max": "1 100000"}, 4},
		{"both, with the CPU controller in v1", []string{"1:cpu,cpuacct:/lab", "0::/lab"}, []string{v1, hybrid}, map[string]string{"cpu,cpuacct/lab/cpu.cfs_quota_us": "150000", "cpu,cpuacct/lab/cpu.cfs_period_us": "100000"}, 1.5},
		{"both, with the CPU controller in v2", []string{"1:memory:/lab", "0::/lab"}, []string{hybrid, "/ /sys/fs/cgroup/memory cgroup rw,memory"}, map[string]string{"unified/lab/cpu.max": "150000 100000"}, 1.5},
		{"no groups", nil, nil, nil, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			var mountinfo string
			for _, mount := range tt.mounts {
				f := strings.Fields(mount)
				mountinfo += "31 23 0:28 " + f[0] + " " + root + f[1] + " rw,relatime - " + f[2] + " cgroup " + f[3] + "\n"
			}
			write(t, filepath.Join(root, "proc/42/mountinfo"), mountinfo)
			write(t, filepath.Join(root, "proc/42/cgroup"), strings.Join(tt.groups, "\n")+"\n")
			if len(tt.groups) == 0 {
				write(t, filepath.Join(root, "proc/42/cgroup"), "")
			}
			for name, content := range tt.files {
				write(t, filepath.Join(root, "sys/fs/cgroup", name), content+"\n")
			}
			if err := os.Symlink("42", filepath.Join(root, "proc/self")); err != nil {
				t.Skip("this system has no symbolic links:", err)
			}
			if got := cores(filepath.Join(root, "proc"), 4); got != tt.want {
				t.Errorf("%g cores, want %g", got, tt.want)
			}
		})
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCoresWithoutProc(t *testing.T) {
	for _, proc := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		if got := cores(proc, 4); got != 4 {
			t.Errorf("%g cores, want 4", got)
		}
	}
}

func TestCoresOfThisProcess(t *testing.T) {
	if got := Cores(); got <= 0 || got > float64(runtime.GOMAXPROCS(0)) {
		t.Errorf("%g cores, want at most the %d that Go runs on", got, runtime.GOMAXPROCS(0))
	}
}

func BenchmarkCores(b *testing.B) {
	for b.Loop() {
		Cores()
	}
}
