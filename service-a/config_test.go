package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"batchlab/internal/settings"
)

// The tags hold the defaults; a test in deploy compares README and .env with them.
func TestDefaults(t *testing.T) {
	for _, environ := range [][]string{nil, {"HOME=/", "CONCURRENCY=", "MODE=", "RATE="}} { // empty is unset
		cfg, err := parseConfig(environ)
		if err != nil || cfg.Concurrency != 127 || cfg.RequestTimeout != 3*time.Second {
			t.Errorf("%q: %+v, %v", environ, cfg, err)
		}
		for f := range settings.Fields(&cfg) {
			if f.Text() != f.Default {
				t.Errorf("%q: %s is %s, want %s", environ, f.Variable, f.Text(), f.Default)
			}
		}
	}
}

func TestVariablesAreRead(t *testing.T) {
	environ := []string{
		"MODE=run", "TARGET_URL=http://b/x", "TARGET_ADMIN_URL=none", "ADMIN_ADDR=127.0.0.1:0", "CONCURRENCY=1", "REQUESTS=0",
		"DURATION=1m0s", "RATE=12.5", "WARMUP=5s", "REQUEST_TIMEOUT=1ms", "BUSY_BACKOFF=1h0m0s", "GOAL_FAILED=0.5%", "IMAGE_URL=https://example.com/a.png",
		"REPORT_DIR=" + t.TempDir(), "AFTER_RUN=serve", "DASHBOARD_URL=http://localhost:3000", "REPORT_URL=http://localhost:5250",
	}
	cfg, err := parseConfig(environ)
	if err != nil {
		t.Fatal(err)
	}
	for f := range settings.Fields(&cfg) {
		for _, variable := range environ {
			if name, want, _ := strings.Cut(variable, "="); name == f.Variable && f.Text() != want {
				t.Errorf("%s is %s, want %s", name, f.Text(), want)
			}
		}
	}
}

func TestBadValues(t *testing.T) {
	tests := []struct {
		variable string
		values   []string
		allowed  string
	}{
		{"MODE", []string{"sweep", "tune", "RUN"}, "run"},
		{"TARGET_URL", []string{"b:5000", "https://b/testB", "http://", "http://b:5000", "http://b:99999/x", "http://me:pw@b/testB", "none", "http://b:x/testB"}, "an http:// URL with a path"},
		{"TARGET_ADMIN_URL", []string{"b", "https://b", "ftp://b"}, "none or an http:// URL"},
		{"ADMIN_ADDR", []string{"5002", ":http!", "a:b:c", ":70000"}, "host:port or :port"},
		{"CONCURRENCY", []string{"0", "-1", "1000001", "many", "1.5"}, "a whole number from 1 to 1000000"},
		{"REQUESTS", []string{"-1", "1e3", "many", "1000000000001"}, "a whole number from 0 to 1000000000000"},
		{"DURATION", []string{"-1s", "30", "soon", "2562047h"}, "a duration from 0s to 8760h"},
		{"RATE", []string{"-1", "NaN", "Inf", "1000001", "fast"}, "a number from 0 to 1000000"},
		{"WARMUP", []string{"-1s", "5", "2562047h"}, "a duration from 0s to 8760h"},
		{"REQUEST_TIMEOUT", []string{"0s", "61m", "3"}, "a duration from 1ms to 1h"},
		{"BUSY_BACKOFF", []string{"0s", "61m", "3"}, "a duration from 1ms to 1h"},
		{"GOAL_FAILED", []string{"1", "0.01", "-1%", "101%", "NaN%", "few"}, "a percentage from 0% to 100%, such as 1%"},
		{"IMAGE_URL", []string{"none", "/a.png", "ftp://x/a.png"}, "an absolute http or https URL"},
		{"REPORT_DIR", []string{"config_test.go"}, "a directory"},
		{"AFTER_RUN", []string{"stay", "EXIT"}, "exit or serve"},
		{"REPORT_URL", []string{"localhost:5250"}, "none or an absolute http or https URL"},
		{"DASHBOARD_URL", []string{"localhost:3000"}, "none or an absolute http or https URL"},
	}
	tested := map[string]bool{}
	for _, tt := range tests {
		tested[tt.variable] = true
		for _, value := range tt.values {
			_, err := parseConfig([]string{tt.variable + "=" + value})
			if want := tt.variable + ` is "` + value + `"; allowed: ` + tt.allowed; err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s=%s: error %v, want %s", tt.variable, value, err, want)
			}
		}
	}
	for f := range reflect.TypeFor[config]().Fields() {
		if name := f.Tag.Get("env"); !tested[name] {
			t.Errorf("no bad value of %s is tested: add a line to this test", name)
		}
	}
}

func TestAllBadVariablesAreNamed(t *testing.T) {
	_, err := parseConfig([]string{"DURATION=5", "CONCURRENCY=0", "RATE=x", "MODE=sweep"})
	if err == nil {
		t.Fatal("no error")
	}
	var named []string
	for line := range strings.Lines(err.Error()) {
		named = append(named, strings.Fields(line)[0])
	}
	if got := strings.Join(named, " "); got != "MODE CONCURRENCY DURATION RATE" {
		t.Errorf("named are %s, want MODE CONCURRENCY DURATION RATE:\n%v", got, err)
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct{ environ, want string }{
		{"", "sending to http://127.0.0.1:5000/testB: closed loop, 127 in flight, 2000 requests"},
		{"REQUESTS=0", "sending to http://127.0.0.1:5000/testB: closed loop, 127 in flight, until stopped"},
		{"DURATION=30s RATE=50", "sending to http://127.0.0.1:5000/testB: open loop, 50 requests/s, at most 127 in flight, 2000 requests or 30s"},
	} {
		cfg, err := parseConfig(strings.Fields(tt.environ))
		if got := cfg.describe(); err != nil || got != tt.want {
			t.Errorf("%q: %q (%v), want %q", tt.environ, got, err, tt.want)
		}
	}
}

func TestSettings(t *testing.T) {
	cfg, err := parseConfig([]string{"RATE=2.5"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for _, s := range cfg.settings() {
		got[s.Name] = s.Value
	}
	if len(got) != reflect.TypeFor[config]().NumField() || got["REQUEST_TIMEOUT"] != "3s" || got["RATE"] != 2.5 || got["GOAL_FAILED"] != "1%" || got["CONCURRENCY"] != 127 {
		t.Errorf("settings = %v", got)
	}
}
