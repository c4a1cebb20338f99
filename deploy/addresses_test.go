package deploy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A finds B, Prometheus finds both, and each published port leads to the service in its name.
func TestAddressesAgree(t *testing.T) {
	all := services(t)
	a, b := all["service-a"], all["service-b"]
	traffic, adminB, adminA := b.Environment["LISTEN_ADDR"], b.Environment["ADMIN_ADDR"], a.Environment["ADMIN_ADDR"]
	env := readEnv(t)
	firstPort := func(variable string) string { first, _, _ := strings.Cut(env[variable], "-"); return first }
	for _, c := range []struct{ what, got, want string }{
		{"TARGET_URL", a.Environment["TARGET_URL"], "http://service-b" + traffic + "/testB"},
		{"TARGET_ADMIN_URL", a.Environment["TARGET_ADMIN_URL"], "http://service-b" + adminB},
		{"REPORT_URL", a.Environment["REPORT_URL"], "${REPORT_URL:-http://localhost:" + firstPort("SERVICE_A_ADMIN_PORTS") + "}"},
		{"DASHBOARD_URL", a.Environment["DASHBOARD_URL"], "http://localhost:${GRAFANA_PORT:-" + env["GRAFANA_PORT"] + "}"},
		{"PROMETHEUS_URL", all["grafana"].Environment["PROMETHEUS_URL"], "http://prometheus:9090"},
		{"the ports of service-a", strings.Join(a.Ports, " "), published("SERVICE_A_ADMIN_PORTS", env, adminA)},
		{"the ports of service-b", strings.Join(b.Ports, " "), published("SERVICE_B_PORTS", env, traffic) + " " + published("SERVICE_B_ADMIN_PORTS", env, adminB)},
		{"the port of service-a in jobs.yml", scrapedPort(t, "service-a"), adminA},
		{"the port of service-b in jobs.yml", scrapedPort(t, "service-b"), adminB},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
}

func published(variable string, env map[string]string, address string) string {
	return "127.0.0.1:${" + variable + ":-" + env[variable] + "}" + address
}

// scrapedPort is where Prometheus looks for a service's replicas, as :port.
func scrapedPort(t *testing.T, job string) string {
	t.Helper()
	var jobs struct {
		Configs []struct {
			Job string `yaml:"job_name"`
			DNS []struct {
				Names []string
				Port  int
			} `yaml:"dns_sd_configs"`
		} `yaml:"scrape_configs"`
	}
	parse(t, "../prometheus/jobs.yml", &jobs)
	for _, c := range jobs.Configs {
		if c.Job == job && len(c.DNS) == 1 && slices.Equal(c.DNS[0].Names, []string{job}) {
			return fmt.Sprint(":", c.DNS[0].Port)
		}
	}
	return "none"
}
