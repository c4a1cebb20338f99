package main

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

// The linker says nothing about a variable that does not exist.
func TestDockerfileLinksTheVersion(t *testing.T) {
	dockerfile, err := os.ReadFile("../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("version.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(dockerfile), `-ldflags "-X main.linkedVersion=$version"`) || !strings.Contains(string(source), "\nvar linkedVersion string\n") {
		t.Error("deploy/Dockerfile does not set linkedVersion")
	}
}

func TestVersion(t *testing.T) {
	built := func(version string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}}
	}
	for _, tt := range []struct {
		linked string
		info   *debug.BuildInfo
		want   string
	}{
		{"", nil, "unknown"},
		{"", built(""), "unknown"},
		{"", built("(devel)"), "unknown"},
		{"", built("v0.0.0-20260102030405-0123456789ab+dirty"), "v0.0.0-20260102030405-0123456789ab+dirty"},
		{"source-0123456789ab", built("(devel)"), "source-0123456789ab"},
	} {
		if got := versionOf(tt.linked, tt.info); got != tt.want {
			t.Errorf("linked %q, built as %+v: %s, want %s", tt.linked, tt.info, got, tt.want)
		}
	}
}
