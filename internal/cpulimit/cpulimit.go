// Package cpulimit reads how many cores this process may use.
package cpulimit

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/prometheus/procfs"
)

// Cores is how many cores this process may use now: GOMAXPROCS or, if lower, the CPU limit of its control
// group or of a parent of that (docker run --cpus). It reads control groups of versions 1 and 2.
func Cores() float64 { return cores(procfs.DefaultMountPoint, float64(runtime.GOMAXPROCS(0))) }

// cores returns otherwise unless a control group has a lower limit.
func cores(proc string, otherwise float64) float64 {
	limit := otherwise
	groups, mounts := read(proc)
	for _, mount := range mounts {
		quota := quotaOf(mount)
		if quota == nil {
			continue
		}
		for _, group := range groups {
			if isOn(group, mount) {
				limit = lowest(mount, group.Path, quota, limit)
			}
		}
	}
	return limit
}

// read returns nothing on systems without /proc.
func read(proc string) ([]procfs.Cgroup, []*procfs.MountInfo) {
	fs, err := procfs.NewFS(proc)
	if err != nil {
		return nil, nil
	}
	self, err := fs.Self()
	if err != nil {
		return nil, nil
	}
	groups, _ := self.Cgroups() // an unreadable file leaves the limit unknown
	mounts, _ := self.MountInfo()
	return groups, mounts
}

// quotaOf returns what reads the quota in a directory of a mount; nil if the mount has no CPU controller.
func quotaOf(mount *procfs.MountInfo) func(dir string) (quota, period float64) {
	_, hasCPU := mount.SuperOptions["cpu"]
	switch {
	case mount.FSType == "cgroup2":
		return quotaV2
	case mount.FSType == "cgroup" && hasCPU:
		return quotaV1
	}
	return nil
}

// isOn reports whether the group is in the hierarchy of that mount, which has a CPU controller.
func isOn(group procfs.Cgroup, mount *procfs.MountInfo) bool {
	if mount.FSType == "cgroup2" {
		return group.HierarchyID == 0
	}
	return slices.Contains(group.Controllers, "cpu")
}

// lowest is the lowest limit of a group and of those parents that the mount shows; otherwise if none is lower.
func lowest(mount *procfs.MountInfo, group string, quota func(string) (float64, float64), otherwise float64) float64 {
	limit := otherwise
	for dir := below(mount.Root, group); ; dir = path.Dir(dir) {
		if used, period := quota(filepath.Join(mount.MountPoint, dir)); used > 0 {
			limit = min(limit, used/period)
		}
		if dir == "/" {
			return limit
		}
	}
}

// below is the path of a group from the root of a mount. A container may see its own group as the root of
// the mount, but the group's path from the host's root.
func below(root, group string) string {
	if rest, ok := strings.CutPrefix(group, strings.TrimSuffix(root, "/")+"/"); ok {
		return path.Clean("/" + rest)
	}
	return "/"
}

// quotaV2 reads "<microseconds or max> <period in microseconds>"; a quota of 0 means none.
func quotaV2(dir string) (quota, period float64) {
	content, _ := os.ReadFile(filepath.Join(dir, "cpu.max"))
	_, _ = fmt.Sscan(string(content), &quota, &period) // 0 without a number
	return quota, period
}

// quotaV1 reads both numbers in microseconds; a quota that is not positive means none.
func quotaV1(dir string) (quota, period float64) {
	return number(dir, "cpu.cfs_quota_us"), number(dir, "cpu.cfs_period_us")
}

func number(dir, file string) (n float64) {
	content, _ := os.ReadFile(filepath.Join(dir, file))
	_, _ = fmt.Sscan(string(content), &n) // 0 without a number
	return n
}
