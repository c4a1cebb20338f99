package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// port is where a program of the lab listens, on 127.0.0.1.
type port struct {
	use      string // what listens there
	variable string // what moves it
	number   int
}

type ports struct {
	traffic, bAdmin, aAdmin, nodeExporter, prometheus, grafana port
}

// readPorts reads the variables by which docker-compose.yml publishes ports, and one for node_exporter, which it
// does not publish. Of a range ("5050-5059": one for each replica) it takes the first.
func readPorts(vars map[string]string) (ports, error) {
	var errs []error
	read := func(use, variable, fallback string) port {
		value := cmp.Or(vars[variable], fallback)
		first, _, _ := strings.Cut(value, "-")
		number, err := strconv.ParseUint(first, 10, 16)
		if err != nil || number == 0 {
			errs = append(errs, fmt.Errorf("%s is %q, and must be a port or a range of ports, 1 to 65535", variable, value))
		}
		return port{use, variable, int(number)}
	}
	return ports{
		traffic:      read("service-b's traffic", "SERVICE_B_PORTS", "5050"),
		bAdmin:       read("service-b's admin", "SERVICE_B_ADMIN_PORTS", "5150"),
		aAdmin:       read("service-a's admin", "SERVICE_A_ADMIN_PORTS", "5250"),
		nodeExporter: read("node_exporter", "NODE_EXPORTER_PORT", "9100"),
		prometheus:   read("Prometheus", "PROMETHEUS_PORT", "9090"),
		grafana:      read("Grafana", "GRAFANA_PORT", "3000"),
	}, errors.Join(errs...)
}

func (p port) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.number)) }
func (p port) url() string     { return "http://" + p.address() }

// checkFree says which ports of the processes are taken, and which variables move them.
func checkFree(processes ...*process) error {
	var errs []error
	for _, process := range processes {
		for _, p := range process.listens {
			listener, err := net.Listen("tcp", p.address())
			if err != nil {
				errs = append(errs, fmt.Errorf("port %d on 127.0.0.1, for %s: %w (by another lab?); to use another: %s=%d go run ./deploy/local",
					p.number, p.use, errors.Unwrap(err), p.variable, p.number%60000+1000)) // any other would do
				continue
			}
			defer listener.Close() // at the end, so that two programs on one port are noticed
		}
	}
	return errors.Join(errs...)
}
