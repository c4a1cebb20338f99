package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// variables narrow the page to some replicas of a service. All is every address there is or was, so
// that a container that comes back under another address stays in view.
func variables() []cog.Builder[dashboard.VariableModel] {
	return []cog.Builder[dashboard.VariableModel]{
		replicas("service_a", "service-a"),
		replicas("service_b", "service-b"),
	}
}

func replicas(name, job string) cog.Builder[dashboard.VariableModel] {
	list := func(value string) dashboard.StringOrArrayOfString {
		return dashboard.StringOrArrayOfString{ArrayOfString: []string{value}}
	}
	return dashboard.NewQueryVariableBuilder(name).
		Label(job).
		Description("Which replicas of " + job + " the charts are about; the table of processes has all.").
		Datasource(datasource()).
		Query(dashboard.StringOrMap{String: new(fmt.Sprintf(`label_values(up{job=%q}, instance)`, job))}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortNaturalAsc).
		Multi(true).
		IncludeAll(true).
		AllValue(".*").
		Current(dashboard.VariableOption{Selected: new(true), Text: list("All"), Value: list("$__all")})
}

// Selectors of the replicas in view, to be put between braces.
const (
	a = `job="service-a", instance=~"$service_a"`
	b = `job="service-b", instance=~"$service_b"`
)
