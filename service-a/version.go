package main

import (
	"cmp"
	"runtime/debug"
)

// linkedVersion is set by the linker where the build sees no repository: see deploy/Dockerfile.
var linkedVersion string

// buildVersion identifies the code of this program: a commit if it was built in a checkout.
func buildVersion() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(linkedVersion, info)
}

func versionOf(linked string, info *debug.BuildInfo) string {
	if linked == "" && info != nil && info.Main.Version != "(devel)" {
		linked = info.Main.Version
	}
	return cmp.Or(linked, "unknown")
}
