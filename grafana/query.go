package main

import (
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// Matchers that select the replicas chosen at the top of the page.
const (
	a = `job="service-a", instance=~"$service_a"`
	b = `job="service-b", instance=~"$service_b"`
)

// datasource is the Prometheus in provisioning/datasources.
func datasource() common.DataSourceRef {
	return common.DataSourceRef{Type: new("prometheus"), Uid: new("prometheus")}
}

// query is the i-th range query of a panel. The legend is a Grafana template over the labels.
func query(i int, expr, legend string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().
		RefId(letter(i)).
		Datasource(datasource()).
		EditorMode(prometheus.QueryEditorModeCode).
		Expr(expr).
		Range().
		LegendFormat(legend)
}

func letter(i int) string { return string(rune('A' + i)) }

// rate is the per-second rate of a counter or a native histogram.
func rate(metric string, matchers ...string) string {
	return fmt.Sprintf(`rate(%s{%s}[$__rate_interval])`, metric, strings.Join(matchers, ", "))
}

func sumRate(metric string, matchers ...string) string {
	return `sum(` + rate(metric, matchers...) + `)`
}

func mean(histogram string) string { return `histogram_avg(` + histogram + `)` }

func quantile(q float64, histogram string) string {
	return fmt.Sprintf(`histogram_quantile(%v, %s)`, q, histogram)
}

// replicas lets the reader choose replicas. "All" matches any address, so a container that returns under another
// address stays visible.
func replicas(name, job string) cog.Builder[dashboard.VariableModel] {
	list := func(value string) dashboard.StringOrArrayOfString {
		return dashboard.StringOrArrayOfString{ArrayOfString: []string{value}}
	}
	return dashboard.NewQueryVariableBuilder(name).
		Label(job).
		Description("The replicas of " + job + " that the charts show. The tables always list all of them.").
		Datasource(datasource()).
		Query(dashboard.StringOrMap{String: new(fmt.Sprintf(`label_values(up{job=%q}, instance)`, job))}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortNaturalAsc).
		Multi(true).IncludeAll(true).AllValue(".*").
		Current(dashboard.VariableOption{Selected: new(true), Text: list("All"), Value: list("$__all")})
}
