//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// .env has BATCH_SIZE=10, CONCURRENCY=64, RATE=5 and QUEUE_LIMIT="800".
func TestWhatTheServicesGet(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		caller []string
		want   types.Mapping
	}{
		{"from .env", nil, nil,
			types.Mapping{"BATCH_SIZE": "10", "QUEUE_LIMIT": "800", "CONCURRENCY": "64", "RATE": "5", "REQUESTS": "0", "DURATION": "30s"}},
		{"the caller goes before .env", nil, []string{"BATCH_SIZE=20", "REQUESTS=500"},
			types.Mapping{"BATCH_SIZE": "20", "CONCURRENCY": "64", "REQUESTS": "500", "DURATION": "30s"}},
		{"a flag goes before the caller", []string{"-duration", "2m"}, []string{"DURATION=1s", "REQUESTS=500"},
			types.Mapping{"DURATION": "2m0s", "REQUESTS": "0"}},
		{"-forever", []string{"-forever"}, []string{"DURATION=1s"},
			types.Mapping{"DURATION": "0s", "REQUESTS": "0", "CONCURRENCY": "64"}},
		{"-report is the report's, whatever .env has", []string{"-report"}, nil,
			types.Mapping{"REQUESTS": "2000", "DURATION": "0s", "CONCURRENCY": "127", "RATE": "0", "WARMUP": "0s", "BATCH_SIZE": "10"}},
		{"-report as the caller wants it", []string{"-report"}, []string{"CONCURRENCY=30", "BATCH_SIZE=5", "REQUESTS=1"},
			types.Mapping{"REQUESTS": "2000", "CONCURRENCY": "30", "BATCH_SIZE": "5"}},
		{"an empty variable counts as unset", []string{"-report"}, []string{"CONCURRENCY=", "BATCH_SIZE="},
			types.Mapping{"CONCURRENCY": "127", "BATCH_SIZE": ""}},
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
	l.wantVariables("service-b", types.Mapping{"LISTEN_ADDR": traffic, "ADMIN_ADDR": admin})
	l.wantVariables("service-a", types.Mapping{
		"ADMIN_ADDR":       "127.0.0.1:" + l.ports["SERVICE_A_ADMIN_PORTS"],
		"TARGET_URL":       "http://" + traffic + "/testB",
		"TARGET_ADMIN_URL": "http://" + admin,
		"DASHBOARD_URL":    "none",
	})
}

func (l *labProcess) wantVariables(program string, want types.Mapping) {
	l.t.Helper()
	got := l.variables(program)
	for name, value := range want {
		if got[name] != value {
			l.t.Errorf("%s has %s=%q, want %q", program, name, got[name], value)
		}
	}
}

// Each line of .env means what it means to docker compose.
func TestDotEnv(t *testing.T) {
	l := newLab(t, nil, "FAKE_A=exit 0", "NAME=caller")
	l.wantStatus(l.run(), 0)
	l.wantVariables("service-a", types.Mapping{
		"BATCH_SIZE": "10", "QUEUE_LIMIT": "800", "IMAGE_URL": "http://host/?a=b#c", "LITERAL": "$HOST", "GREETING": "caller", "LAST": "1 2",
	})
}

func TestNoDotEnv(t *testing.T) {
	l := newLab(t, nil, "FAKE_A=exit 0", "CONCURRENCY=2")
	l.ownRepo()
	must(t, os.Remove(filepath.Join(l.repo, ".env")))
	l.wantStatus(l.run(), 0)
	l.wantVariables("service-a", types.Mapping{"CONCURRENCY": "2", "BATCH_SIZE": "", "DURATION": "30s"})
}

func TestDotEnvThatCannotBeRead(t *testing.T) {
	l := newLab(t, nil)
	l.ownRepo()
	must(t, os.WriteFile(filepath.Join(l.repo, ".env"), []byte("BATCH_SIZE='10\n"), 0o644))
	l.wantStatus(l.run(), 2)
	l.wantStderr(".env", "nothing was started")
}
