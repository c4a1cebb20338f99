package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// watchers are the programs of others that the flags ask for, as they were found on PATH.
type watchers struct {
	prometheus string
	exporter   string // node_exporter: the host's CPU; empty where there is none
	grafana    grafanaInstall
}

func findWatchers(opts options, grafanaHome string) (w watchers, err error) {
	var errs []error
	if opts.prometheus {
		if w.prometheus, err = exec.LookPath("prometheus"); err != nil {
			errs = append(errs, errors.New("prometheus is not on PATH"))
		}
		w.exporter = lookAny("node_exporter", "prometheus-node-exporter")
	}
	if opts.grafana {
		if w.grafana, err = findGrafana(grafanaHome); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		errs = append(errs, fmt.Errorf("install it, or use `docker compose up`, which brings its own (%w)", errUsage))
	}
	return w, errors.Join(errs...)
}

// lookAny returns the first of the names that is on PATH, or nothing.
func lookAny(names ...string) string {
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// startWatchers starts what the flags ask for, waits until it serves, and returns the dashboard's URL,
// "none" where there is none.
func (l *lab) startWatchers(stop context.Context, opts options, w watchers) (dashboard string, err error) {
	if !opts.prometheus {
		return "none", nil
	}
	services, err := readCompose(l.root.path("docker-compose.yml"), l.knobs)
	if err != nil {
		return "", err
	}
	exporter, err := l.startExporter(stop, w.exporter, services["node-exporter"])
	if err != nil {
		return "", err
	}
	prometheus, err := l.prometheusProgram(w.prometheus, services["prometheus"], l.scrapeTargets(opts.grafana, exporter))
	if err != nil {
		return "", err
	}
	if _, err := l.start(stop, prometheus); err != nil {
		return "", err
	}
	l.say("Prometheus is at %s", l.ports.prometheus.url())
	if !opts.grafana {
		return "none", nil
	}
	return l.startGrafana(stop, w.grafana, services["grafana"])
}

func (l *lab) startGrafana(stop context.Context, install grafanaInstall, service composeService) (dashboard string, err error) {
	grafana, err := l.grafanaProgram(install, service)
	if err != nil {
		return "", err
	}
	l.say("Grafana starts; the first time takes a while")
	if _, err := l.start(stop, grafana); err != nil {
		return "", err
	}
	dashboard = fmt.Sprintf("http://localhost:%d", l.ports.grafana.number)
	l.say("the dashboard is at %s", dashboard)
	return dashboard, nil
}
