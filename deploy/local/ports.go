package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// port is where a program of the lab listens, on 127.0.0.1.
type port struct {
	use      string // what listens there
	variable string // what moves it
	number   int
}

type ports struct {
	traffic, bAdmin, aAdmin, prometheus, grafana port
}

// readPorts reads the variables that docker-compose.yml publishes ports by, and one for service-a's
// admin port, which the containers keep to themselves.
func readPorts(vars environment) (ports, error) {
	p := ports{
		traffic:    port{"service-b's traffic", "SERVICE_B_PORTS", 5050},
		bAdmin:     port{"service-b's admin", "SERVICE_B_ADMIN_PORTS", 5150},
		aAdmin:     port{"service-a's admin", "SERVICE_A_ADMIN_PORT", 5002},
		prometheus: port{"Prometheus", "PROMETHEUS_PORT", 9090},
		grafana:    port{"Grafana", "GRAFANA_PORT", 3000},
	}
	var errs []error
	for _, each := range []*port{&p.traffic, &p.bAdmin, &p.aAdmin, &p.prometheus, &p.grafana} {
		errs = append(errs, each.move(vars[each.variable]))
	}
	return p, errors.Join(errs...)
}

// wanted are those that the command line makes use of.
func (p ports) wanted(opts options) []port {
	wanted := []port{p.traffic, p.bAdmin, p.aAdmin}
	if opts.prometheus {
		wanted = append(wanted, p.prometheus)
	}
	if opts.grafana {
		wanted = append(wanted, p.grafana)
	}
	return wanted
}

// move takes a port, or the first of a range ("5050-5059": compose gives one to each replica).
func (p *port) move(value string) error {
	if value == "" {
		return nil
	}
	first, _, _ := strings.Cut(value, "-")
	number, err := strconv.ParseUint(first, 10, 16)
	if err != nil || number == 0 {
		return fmt.Errorf("%s is %q, and must be a port or a range of ports, 1 to 65535: %w", p.variable, value, errUsage)
	}
	p.number = int(number)
	return nil
}

func (p port) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.number)) }
func (p port) url() string     { return "http://" + p.address() }

// checkFree says which of the ports are taken, and what moves them.
func checkFree(wanted ...port) error {
	var errs []error
	for _, p := range wanted {
		listener, err := net.Listen("tcp", p.address())
		if err != nil {
			errs = append(errs, p.taken(err))
			continue
		}
		// Held until all are checked, so that two programs on one port are noticed.
		defer func() { _ = listener.Close() }()
	}
	if len(errs) > 0 {
		errs = append(errs, errors.New("perhaps another lab is running: docker compose up uses the same ports"))
	}
	return errors.Join(errs...)
}

func (p port) free() bool { return checkFree(p) == nil }

func (p port) taken(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		err = errors.New("is taken")
	}
	return fmt.Errorf("port %d on 127.0.0.1, for %s: %w; to use another: %s=%d go run ./deploy/local",
		p.number, p.use, err, p.variable, p.number%60000+1000) // any other would do
}
