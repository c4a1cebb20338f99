//go:build unix

package main

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// .env has BATCH_SIZE=10, CONCURRENCY=64, RATE=5 and QUEUE_LIMIT="800".
func TestWhatTheServicesGet(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		caller []string
		want   environment
	}{
		{"from .env", nil, nil,
			environment{"BATCH_SIZE": "10", "QUEUE_LIMIT": "800", "CONCURRENCY": "64", "RATE": "5", "REQUESTS": "0", "DURATION": "30s"}},
		{"the caller goes before .env", nil, []string{"BATCH_SIZE=20", "REQUESTS=500"},
			environment{"BATCH_SIZE": "20", "CONCURRENCY": "64", "REQUESTS": "500", "DURATION": "30s"}},
		{"a flag goes before the caller", []string{"-duration", "2m"}, []string{"DURATION=1s", "REQUESTS=500"},
			environment{"DURATION": "2m0s", "REQUESTS": "0"}},
		{"-forever", []string{"-forever"}, []string{"DURATION=1s"},
			environment{"DURATION": "0s", "REQUESTS": "0", "CONCURRENCY": "64"}},
		{"-report is the report's, whatever .env has", []string{"-report"}, nil,
			environment{"REQUESTS": "2000", "DURATION": "0s", "CONCURRENCY": "127", "RATE": "0", "WARMUP": "0s", "BATCH_SIZE": "10"}},
		{"-report as the caller wants it", []string{"-report"}, []string{"CONCURRENCY=30", "BATCH_SIZE=5", "REQUESTS=1"},
			environment{"REQUESTS": "2000", "CONCURRENCY": "30", "BATCH_SIZE": "5"}},
		{"an empty variable counts as unset", []string{"-report"}, []string{"CONCURRENCY=", "BATCH_SIZE="},
			environment{"CONCURRENCY": "127", "BATCH_SIZE": ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, tt.args, append(tt.caller, "FAKE_A=exit 0")...)
			l.wantStatus(l.run(), 0)
			l.wantVariables("service-a", tt.want)
			l.wantVariables("service-b", tt.want)
		})
	}
}

func TestAddresses(t *testing.T) {
	l := newLab(t, nil, "FAKE_A=exit 0", "LISTEN_ADDR=:1", "ADMIN_ADDR=:2", "TARGET_URL=http://elsewhere/", "DASHBOARD_URL=http://elsewhere/")
	l.wantStatus(l.run(), 0)
	traffic, admin := "127.0.0.1:"+l.ports["SERVICE_B_PORTS"], "127.0.0.1:"+l.ports["SERVICE_B_ADMIN_PORTS"]
	l.wantVariables("service-b", environment{"LISTEN_ADDR": traffic, "ADMIN_ADDR": admin})
	l.wantVariables("service-a", environment{
		"ADMIN_ADDR":       "127.0.0.1:" + l.ports["SERVICE_A_ADMIN_PORT"],
		"TARGET_URL":       "http://" + traffic + "/testB",
		"TARGET_ADMIN_URL": "http://" + admin,
		"DASHBOARD_URL":    "none",
	})
}

func (l *labProcess) wantVariables(program string, want environment) {
	l.t.Helper()
	got := l.variables(program)
	for name, value := range want {
		if got[name] != value {
			l.t.Errorf("%s has %s=%q, want %q", program, name, got[name], value)
		}
	}
}

func TestReadDotEnv(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	if got, err := readDotEnv(file, nil); err != nil || len(got) != 0 {
		t.Errorf("no file: %v, %v", got, err)
	}
	text := "# a comment\nBATCH_SIZE=10\n\nURL=http://h/?a=b#c # but this is one\nNAME='$X'\nHOST=${X:-none}\nexport LAST=\"1 2\"\n"
	must(t, os.WriteFile(file, []byte(text), 0o644))
	got, err := readDotEnv(file, environment{"X": "caller"})
	want := environment{"BATCH_SIZE": "10", "URL": "http://h/?a=b#c", "NAME": "$X", "HOST": "caller", "LAST": "1 2"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}
