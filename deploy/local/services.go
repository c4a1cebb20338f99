package main

import (
	"fmt"
	"runtime"
	"time"
)

func (l *lab) serviceB() program {
	own := environment{"LISTEN_ADDR": l.ports.traffic.address(), "ADMIN_ADDR": l.ports.bAdmin.address()}
	return program{
		name: "service-b", path: l.root.binary("service-b"), env: own.over(l.knobs),
		ready: l.ports.bAdmin.url() + "/readyz", grace: l.grace("SHUTDOWN_TIMEOUT", 10*time.Second),
	}
}

func (l *lab) serviceA(dashboard string) program {
	own := environment{
		"ADMIN_ADDR":       l.ports.aAdmin.address(),
		"TARGET_URL":       l.ports.traffic.url() + "/testB",
		"TARGET_ADMIN_URL": l.ports.bAdmin.url(),
		"DASHBOARD_URL":    dashboard,
	}
	return program{
		name: "service-a", path: l.root.binary("service-a"), env: own.over(l.knobs),
		grace: l.grace("REQUEST_TIMEOUT", 3*time.Second), stdout: l.stdout, stderr: l.stderr,
	}
}

// grace is how long a service may take to end: as long as its own variable allows, and some seconds.
func (l *lab) grace(variable string, fallback time.Duration) time.Duration {
	own, err := time.ParseDuration(l.knobs[variable])
	if err != nil {
		own = fallback
	}
	return own + 5*time.Second
}

// topCommand shows the two processes alone in top.
func topCommand(a, b *process) string {
	if runtime.GOOS == "darwin" {
		return fmt.Sprintf("top -pid %d -pid %d", a.pid(), b.pid())
	}
	return fmt.Sprintf("top -p %d,%d", a.pid(), b.pid())
}
