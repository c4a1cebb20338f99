//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A Ctrl-C reaches only the lab, which ends service-a while service-b still answers, and then service-b.
func TestCtrlCEndsServiceAFirst(t *testing.T) {
	for _, tt := range []struct {
		name  string
		press func(*labProcess)
	}{
		{"Ctrl-C in a terminal", (*labProcess).ctrlC},
		{"SIGTERM to the lab", func(l *labProcess) { l.signal(syscall.SIGTERM) }},
		{"the terminal closes", func(l *labProcess) {
			l.signal(syscall.SIGHUP)
			l.signal(syscall.SIGHUP)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, []string{"-forever"})
			l.start()
			l.awaitLine("service-a runs")
			tt.press(l)
			l.wantStatus(l.wait(), 0)
			l.wantEvents(
				"service-b: started",
				"service-a: started, service-b is ready: true",
				"service-a: terminated",
				"service-a: ends, service-b is ready: true",
				"service-b: terminated",
			)
			if !strings.HasSuffix(l.stdout.String(), "summary\n") {
				t.Errorf("no summary at the end of stdout: %q", &l.stdout)
			}
			l.wantNothingLeft()
		})
	}
}

func TestSecondCtrlCKills(t *testing.T) {
	l := newLab(t, []string{"-forever"}, "FAKE_A=stays")
	l.start()
	l.awaitLine("service-a runs")
	l.ctrlC()
	l.awaitLine("service-a got: terminated")
	l.ctrlC()
	l.wantStatus(l.wait(), 130)
	l.wantEvents(
		"service-b: started",
		"service-a: started, service-b is ready: true",
		"service-a: terminated",
	)
	l.wantNothingLeft()
}

// A service that has not ended ten seconds after the time in its own variable is killed.
func TestServiceThatDoesNotEndIsKilled(t *testing.T) {
	l := newLab(t, []string{"-forever"}, "FAKE_A=stays", "REQUEST_TIMEOUT=-9999ms")
	l.start()
	l.awaitLine("service-a runs")
	l.ctrlC()
	l.wantStatus(l.wait(), 130)
	l.wantStderr("interrupted: service-a has ended: signal: killed")
	if !strings.HasSuffix(l.kept("events"), "service-b: terminated\n") {
		t.Errorf("service-b did not end last: %s", l.kept("events"))
	}
	l.wantNothingLeft()
}

func TestExitStatusIsThatOfServiceA(t *testing.T) {
	for _, status := range []int{0, 1, 2, 3} {
		l := newLab(t, nil, "FAKE_A=exit "+string(rune('0'+status)))
		l.wantStatus(l.run(), status)
		l.wantEvents(
			"service-b: started",
			"service-a: started, service-b is ready: true",
			"service-b: terminated",
		)
		l.wantNothingLeft()
	}
}

func TestCtrlCBeforeServiceA(t *testing.T) {
	l := newLab(t, nil, "FAKE_B=is not ready")
	l.wantStatus(l.run(), 130)
	l.wantEvents("service-b: started", "service-b: terminated")
	l.wantNothingLeft()
}

func TestServiceBDies(t *testing.T) {
	l := newLab(t, []string{"-forever"}, "FAKE_A=ends service-b")
	l.wantStatus(l.run(), 7)
	l.wantStderr("service-b has ended: exit status 7", "boom: the last words")
	l.wantEvents(
		"service-b: started",
		"service-a: started, service-b is ready: true",
		"service-a: terminated",
		"service-a: ends, service-b is ready: false",
	)
}

func TestServiceBRefusesToStart(t *testing.T) {
	l := newLab(t, nil, "FAKE_B=refuses")
	l.wantStatus(l.run(), 2)
	l.wantStderr("service-b has ended: exit status 2", "BATCH_SIZE is 0, and must be at least 1")
	if l.kept("events") != "" {
		t.Errorf("service-a was started: %s", l.kept("events"))
	}
}

// The log of service-b does not disturb service-a's live view.
func TestServiceBWritesToALog(t *testing.T) {
	l := newLab(t, []string{"-forever"})
	l.start()
	l.awaitLine("service-a runs")
	_, rest, _ := strings.Cut(l.kept("stderr"), "the logs are in ")
	folder, _, _ := strings.Cut(rest, "\n")
	log, err := os.ReadFile(filepath.Join(folder, "service-b.log"))
	if err != nil || string(log) != "a log line of service-b\n" {
		t.Errorf("log: %q, %v", log, err)
	}
	l.ctrlC()
	l.wantStatus(l.wait(), 0)
	if strings.Contains(l.stdout.String()+l.kept("stderr"), "a log line") {
		t.Error("service-b's log was printed")
	}
}

func TestPortTaken(t *testing.T) {
	l := newLab(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:"+l.ports["SERVICE_B_ADMIN_PORTS"])
	must(t, err)
	defer func() { must(t, listener.Close()) }()
	l.wantStatus(l.run(), 1)
	l.wantStderr("port "+l.ports["SERVICE_B_ADMIN_PORTS"]+" on 127.0.0.1, for service-b's admin: bind: address already in use", "SERVICE_B_ADMIN_PORTS=")
	if l.kept("events") != "" {
		t.Errorf("something was started: %s", l.kept("events"))
	}
}

func TestBadPortIsAUsageError(t *testing.T) {
	l := newLab(t, nil, "GRAFANA_PORT=x")
	l.wantStatus(l.run(), 2)
	l.wantStderr(`GRAFANA_PORT is "x"`, "nothing was started")
	l.wantNothingLeft()
}

func TestOutsideTheRepository(t *testing.T) {
	l := newLab(t, nil)
	l.cmd.Dir = t.TempDir()
	l.wantStatus(l.run(), 2)
	l.wantStderr("inside the batchlab repository")
}

// wantNothingLeft asserts that the temporary folder is gone.
func (l *labProcess) wantNothingLeft() {
	l.t.Helper()
	entries, err := os.ReadDir(l.dir)
	must(l.t, err)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "batchlab-") {
			l.t.Errorf("%s is left", entry.Name())
		}
	}
}
