package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"go.yaml.in/yaml/v3"
)

func TestCommittedFileIsFresh(t *testing.T) {
	want, err := render()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code generates: run `go generate ./grafana`", file)
	}
}

// The kinds of panel in use. The SDK can register all that Grafana has, which takes minutes to compile.
var kinds = map[string]variants.PanelcfgConfig{
	"heatmap":        heatmap.VariantConfig(),
	"stat":           stat.VariantConfig(),
	"state-timeline": statetimeline.VariantConfig(),
	"table":          table.VariantConfig(),
	"timeseries":     timeseries.VariantConfig(),
}

// Grafana ignores what it does not know, so a misspelt option would go unnoticed.
func TestFileDecodesStrictly(t *testing.T) {
	runtime := cog.NewRuntime()
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	for _, kind := range kinds {
		runtime.RegisterPanelcfgVariant(kind)
	}
	for _, p := range panels(t) {
		if _, known := kinds[p.Type]; !known {
			t.Errorf("%s: add %s to kinds, so that its options are checked", title(p), p.Type)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var board dashboard.Dashboard
	// The SDK's "no errors" is an error without text.
	if err := board.UnmarshalJSONStrict(text); err != nil && err.Error() != "" {
		t.Error(err)
	}
}

func TestEveryPanelExplainsItself(t *testing.T) {
	for _, p := range panels(t) {
		if p.Description == nil || len(*p.Description) < 40 {
			t.Errorf("%s: needs a description of what it means and what to do when it looks bad", title(p))
		}
		if p.FieldConfig == nil || p.FieldConfig.Defaults.Unit == nil || *p.FieldConfig.Defaults.Unit == "" {
			t.Errorf("%s: needs a unit", title(p))
		}
		if len(p.Targets) == 0 {
			t.Errorf("%s: asks nothing", title(p))
		}
	}
}

func TestEveryRowIsExplained(t *testing.T) {
	for _, r := range rows() {
		text, err := os.ReadFile("../" + r.about.file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\n## "+r.about.heading+"\n") {
			t.Errorf("row %s: %s has no section %q", r.title, r.about.file, r.about.heading)
		}
	}
	for _, p := range panels(t) {
		if all := rows(); !strings.HasSuffix(*p.Description, all[*p.Id/100-1].about.String()) {
			t.Errorf("%s: the description does not end with where there is more", title(p))
		}
	}
}

// A query of a service's series that leaves the replicas open would show others than were chosen.
func TestReplicasCanBeChosen(t *testing.T) {
	for _, v := range board(t).Templating.List {
		if *v.Datasource.Uid != provisionedDatasource(t).UID || *v.AllValue != ".*" {
			t.Errorf("variable %s asks another datasource, or All is not all", v.Name)
		}
	}
	for _, p := range panels(t) {
		for _, q := range queries(p) {
			for metric, variable := range map[string]string{"loadgen_": "$service_a", "batcher_": "$service_b"} {
				if strings.Contains(q.Expr, metric) && !strings.Contains(q.Expr, variable) {
					t.Errorf("%s: %s is of all replicas, whatever %s is", title(p), q.Expr, variable)
				}
			}
		}
	}
}

func TestEveryQueryAsksTheProvisionedDatasource(t *testing.T) {
	uid := provisionedDatasource(t).UID
	for _, p := range panels(t) {
		if p.Datasource == nil || *p.Datasource.Uid != uid {
			t.Errorf("%s: datasource is not %q", title(p), uid)
		}
		for _, q := range queries(p) {
			if q.Datasource == nil || *q.Datasource.Uid != uid {
				t.Errorf("%s: datasource of %s is not %q", title(p), q.Expr, uid)
			}
		}
	}
}

func TestEveryAnnotationAsksTheProvisionedDatasource(t *testing.T) {
	for _, a := range board(t).Annotations.List {
		if a.Datasource.Uid == nil || *a.Datasource.Uid != provisionedDatasource(t).UID {
			t.Errorf("annotation %s asks another datasource", a.Name)
		}
	}
}

func TestEveryRateSpansTheRateInterval(t *testing.T) {
	spans := regexp.MustCompile(`\[[^\]]*\]`)
	counters := regexp.MustCompile(`\w+_(?:total|sum|count|bucket)\b`)
	rated := regexp.MustCompile(`(?:rate|increase)\((\w+)`)
	others := regexp.MustCompile(`\w+:\w+:\w+|\w+\(`) // recording rules and functions
	for _, p := range panels(t) {
		for _, q := range queries(p) {
			for _, span := range spans.FindAllString(q.Expr, -1) {
				wanted := "[$__rate_interval]"
				if q.Instant != nil && *q.Instant {
					wanted = "[$__range]" // a table is about the whole range
				}
				if span != wanted {
					t.Errorf("%s: %s spans %s, not %s", title(p), q.Expr, span, wanted)
				}
			}
			under := map[string]bool{}
			for _, m := range rated.FindAllStringSubmatch(q.Expr, -1) {
				under[m[1]] = true
			}
			for _, name := range counters.FindAllString(others.ReplaceAllString(q.Expr, ""), -1) {
				if !under[name] && !counted(name) {
					t.Errorf("%s: counter %s is not under a rate", title(p), name)
				}
			}
		}
	}
}

// counted names the series that are also counted, which tells how many cores there are.
func counted(name string) bool { return name == "node_cpu_seconds_total" }

func TestPanelsFillTheGrid(t *testing.T) {
	const columns = 24
	taken := map[[2]uint32]string{}
	bottom := uint32(0)
	place := func(name string, pos *dashboard.GridPos) {
		if pos.W == 0 || pos.H == 0 || pos.X+pos.W > columns {
			t.Errorf("%s: does not fit the grid: %+v", name, *pos)
		}
		for x := pos.X; x < pos.X+pos.W; x++ {
			for y := pos.Y; y < pos.Y+pos.H; y++ {
				if other := taken[[2]uint32{x, y}]; other != "" {
					t.Fatalf("%s overlaps %s", name, other)
				}
				taken[[2]uint32{x, y}] = name
			}
		}
		bottom = max(bottom, pos.Y+pos.H)
	}
	for _, p := range board(t).Panels {
		if p.RowPanel != nil {
			place("row "+*p.RowPanel.Title, p.RowPanel.GridPos)
		} else {
			place(title(*p.Panel), p.Panel.GridPos)
		}
	}
	if holes := int(columns*bottom) - len(taken); holes != 0 {
		t.Errorf("%d cells of the grid are empty", holes)
	}
}

// A laptop shows about fifteen units of the grid under Grafana's own header.
func TestFirstRowsFitALaptop(t *testing.T) {
	for _, p := range panels(t) {
		if *p.Id < 300 && p.GridPos.Y+p.GridPos.H > 15 {
			t.Errorf("%s ends below the first screen, at %d", title(p), p.GridPos.Y+p.GridPos.H)
		}
	}
}

func TestIDsAreUnique(t *testing.T) {
	seen := map[uint32]bool{}
	for _, p := range panels(t) {
		if p.Id == nil || seen[*p.Id] || *p.Id%100 == 0 {
			t.Errorf("%s: id missing, taken, or a row's", title(p))
			continue
		}
		seen[*p.Id] = true
		letters := map[string]bool{}
		for _, q := range queries(p) {
			if q.RefId == nil || letters[*q.RefId] {
				t.Errorf("%s: two queries of one letter", title(p))
				continue
			}
			letters[*q.RefId] = true
		}
	}
}

func TestDatasourceKnowsTheScrapeInterval(t *testing.T) {
	var config struct {
		Global struct {
			ScrapeInterval string `yaml:"scrape_interval"`
		} `yaml:"global"`
	}
	load(t, "../prometheus/prometheus.yml", &config)
	got := provisionedDatasource(t).JSONData.TimeInterval
	if got == "" || got != config.Global.ScrapeInterval {
		t.Errorf("the datasource says %q, Prometheus scrapes each %q", got, config.Global.ScrapeInterval)
	}
}

func board(t *testing.T) dashboard.Dashboard {
	t.Helper()
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func panels(t *testing.T) []dashboard.Panel {
	t.Helper()
	var list []dashboard.Panel
	for _, p := range board(t).Panels {
		if p.Panel != nil {
			list = append(list, *p.Panel)
		}
	}
	return list
}

func queries(p dashboard.Panel) []prometheus.Dataquery {
	list := make([]prometheus.Dataquery, len(p.Targets))
	for i, target := range p.Targets {
		list[i] = target.(prometheus.Dataquery)
	}
	return list
}

func title(p dashboard.Panel) string {
	if p.Title == nil || strings.TrimSpace(*p.Title) == "" {
		return "a panel without a title"
	}
	return *p.Title
}

type provisioned struct {
	UID      string `yaml:"uid"`
	JSONData struct {
		TimeInterval string `yaml:"timeInterval"`
	} `yaml:"jsonData"`
}

func provisionedDatasource(t *testing.T) provisioned {
	t.Helper()
	var config struct {
		Datasources []provisioned `yaml:"datasources"`
	}
	load(t, "provisioning/datasources/prometheus.yml", &config)
	if len(config.Datasources) != 1 {
		t.Fatalf("%d datasources, want 1", len(config.Datasources))
	}
	return config.Datasources[0]
}

func load(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
