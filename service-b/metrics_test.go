package main

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	ai "batchlab/service-b/model"
)

// Names and help texts follow Prometheus' conventions.
func TestMetricNames(t *testing.T) {
	s := start(t, ai.Noop{})
	problems, err := testutil.GatherAndLint(s.metrics.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
