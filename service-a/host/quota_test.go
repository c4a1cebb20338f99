package host

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestGroupLimit(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{
		"lab/cpu.max": "150000 100000\n", "lab/a/cpu.max": "max 100000\n", "small/cpu.max": "50000 100000\n", "broken/cpu.max": "x\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for groups, want := range map[string]float64{
		"0::/\n": 4, "0::/lab/a\n": 1.5, "1:cpu:/small\n0::/small\n": 0.5, "0::/broken\n": 4, "1:cpu:/small\n": 4, "": 4,
	} {
		if got := groupLimit(root, groups, 4); got != want {
			t.Errorf("%q: %g cores, want %g", groups, got, want)
		}
	}
	if got := Quota(); got <= 0 || got > float64(runtime.GOMAXPROCS(0)) {
		t.Errorf("quota is %g cores, want at most the %d that Go runs on", got, runtime.GOMAXPROCS(0))
	}
}
