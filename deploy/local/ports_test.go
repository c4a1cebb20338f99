package main

import (
	"strings"
	"testing"
)

func TestReadPorts(t *testing.T) {
	got, err := readPorts(map[string]string{"SERVICE_B_PORTS": "6050-6059", "GRAFANA_PORT": "3001", "PROMETHEUS_PORT": ""})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		port port
		want string
	}{
		{got.traffic, "127.0.0.1:6050"},
		{got.bAdmin, "127.0.0.1:5150"},
		{got.aAdmin, "127.0.0.1:5250"},
		{got.nodeExporter, "127.0.0.1:9100"},
		{got.prometheus, "127.0.0.1:9090"},
		{got.grafana, "127.0.0.1:3001"},
	} {
		if tt.port.address() != tt.want {
			t.Errorf("%s is at %s, want %s", tt.port.use, tt.port.address(), tt.want)
		}
	}
}

func TestReadPortsNamesWhatIsWrong(t *testing.T) {
	for _, value := range []string{"x", "0", "65536", "-1", "127.0.0.1:80"} {
		_, err := readPorts(map[string]string{"GRAFANA_PORT": value})
		if err == nil || !strings.Contains(err.Error(), "GRAFANA_PORT") {
			t.Errorf("%q: got %v", value, err)
		}
	}
}
