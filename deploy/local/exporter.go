package main

import (
	"context"
	"time"
)

// exporterPort is node_exporter's usual one. No variable moves it: where the machine has a node_exporter
// running already, that one is as good as ours.
var exporterPort = port{use: "node_exporter", number: 9100}

// startExporter sees to the figures of the host, without which the lab works too, and tells whether there are any.
func (l *lab) startExporter(stop context.Context, binary string, service composeService) (running bool, err error) {
	if !exporterPort.free() {
		l.say("the host's figures come from what listens on %s already", exporterPort.address())
		return true, nil
	}
	if binary == "" {
		l.say("node_exporter is not on PATH: the dashboard goes without the host's CPU")
		return false, nil
	}
	_, err = l.start(stop, program{
		name: "node_exporter", path: binary, env: l.caller,
		args:  append(service.Command, "--web.listen-address="+exporterPort.address()),
		ready: exporterPort.url() + "/", grace: 5 * time.Second,
	})
	return err == nil, err
}

// scrapeTargets are the addresses here of the hosts that prometheus.yml names. A program that does not run
// has none: its job stays, and no target of it is missed.
func (l *lab) scrapeTargets(grafana, exporter bool) map[string][]string {
	targets := map[string][]string{
		"service-a":     {l.ports.aAdmin.address()},
		"service-b":     {l.ports.bAdmin.address()},
		"prometheus":    {l.ports.prometheus.address()},
		"localhost":     {l.ports.prometheus.address()},
		"127.0.0.1":     {l.ports.prometheus.address()},
		"grafana":       {},
		"node-exporter": {},
	}
	if grafana {
		targets["grafana"] = []string{l.ports.grafana.address()}
	}
	if exporter {
		targets["node-exporter"] = []string{exporterPort.address()}
	}
	return targets
}
