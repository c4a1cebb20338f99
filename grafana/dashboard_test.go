package main

import (
	"bytes"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
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
		t.Errorf("grafana/%s is stale: run `go generate ./grafana` and commit the result", file)
	}
}

// The panel types in use. Registering all types of the SDK takes minutes to compile.
var kinds = map[string]variants.PanelcfgConfig{
	"heatmap":        heatmap.VariantConfig(),
	"stat":           stat.VariantConfig(),
	"state-timeline": statetimeline.VariantConfig(),
	"table":          table.VariantConfig(),
	"timeseries":     timeseries.VariantConfig(),
}

// Grafana ignores unknown options, so a misspelled one would go unnoticed.
func TestFileDecodesStrictly(t *testing.T) {
	runtime := cog.NewRuntime()
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	for _, kind := range kinds {
		runtime.RegisterPanelcfgVariant(kind)
	}
	for _, p := range panels(t) {
		if _, known := kinds[p.Type]; !known {
			t.Errorf("panel %q: add its type %s to kinds in dashboard_test.go, so that its options are checked", title(p), p.Type)
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

func TestEveryPanelIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range panels(t) {
		if seen[title(p)] {
			t.Errorf("two panels are titled %q: descriptions are found by title", title(p))
		}
		seen[title(p)] = true
		if *p.Description == "" {
			t.Errorf("panel %q has no description: write grafana/%s (what it shows, how to read it, what to do)", title(p), descriptionFile(title(p)))
		}
		if p.FieldConfig == nil || p.FieldConfig.Defaults.Unit == nil || *p.FieldConfig.Defaults.Unit == "" {
			t.Errorf("panel %q has no unit", title(p))
		}
		if len(p.Targets) == 0 {
			t.Errorf("panel %q has no query", title(p))
		}
	}
}

func TestEveryDescriptionFileIsUsed(t *testing.T) {
	files, err := fs.Glob(descriptions, "descriptions/*")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, p := range builtPanels(t) {
		used[descriptionFile(title(p))] = true
	}
	for _, file := range files {
		if !used[file] {
			t.Errorf("grafana/%s belongs to no panel: is the panel in its row's list, and the file named after its title?", file)
		}
	}
}

func TestDescriptionsAreMarkdown(t *testing.T) {
	for _, p := range builtPanels(t) {
		if p.Description != nil {
			t.Errorf("panel %q: move its description to grafana/%s", title(p), descriptionFile(title(p)))
		}
	}
}

func TestEveryRowIsExplained(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows() {
		if !strings.Contains(string(text), "\n## "+r.title+"\n") {
			t.Errorf("grafana/README.md has no section %q, which the panels of that row refer to", r.title)
		}
	}
}

// A query without these variables would ignore the reader's choice of replicas.
func TestReplicasCanBeChosen(t *testing.T) {
	for _, v := range board(t).Templating.List {
		if *v.AllValue != ".*" {
			t.Errorf("variable %s: All is %q, want .*", v.Name, *v.AllValue)
		}
	}
	for _, p := range panels(t) {
		for _, q := range queries(p) {
			for metric, variable := range map[string]string{"loadgen_": "$service_a", "batcher_": "$service_b"} {
				if strings.Contains(q.Expr, metric) && !strings.Contains(q.Expr, variable) {
					t.Errorf("panel %q: select replicas by %s (constants a and b in query.go): %s", title(p), variable, q.Expr)
				}
			}
		}
	}
}

func TestEveryQueryUsesTheProvisionedDatasource(t *testing.T) {
	want := provisionedDatasource(t).UID
	check := func(where string, source *common.DataSourceRef) {
		if source == nil || source.Uid == nil || *source.Uid != want {
			t.Errorf("%s: datasource is not %q", where, want)
		}
	}
	for _, v := range board(t).Templating.List {
		check("variable "+v.Name, v.Datasource)
	}
	for _, a := range board(t).Annotations.List {
		check("annotation "+a.Name, a.Datasource)
	}
	for _, p := range panels(t) {
		check(title(p), p.Datasource)
		for _, q := range queries(p) {
			check(title(p)+": "+q.Expr, q.Datasource)
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
					wanted = "[$__range]" // a table covers the whole range
				}
				if span != wanted {
					t.Errorf("panel %q: use %s instead of %s: %s", title(p), wanted, span, q.Expr)
				}
			}
			under := map[string]bool{}
			for _, m := range rated.FindAllStringSubmatch(q.Expr, -1) {
				under[m[1]] = true
			}
			for _, name := range counters.FindAllString(others.ReplaceAllString(q.Expr, ""), -1) {
				if !under[name] && !counted(name) {
					t.Errorf("panel %q: counter %s needs rate() or increase(): %s", title(p), name, q.Expr)
				}
			}
		}
	}
}

// counted are counters whose series the dashboard also counts: one per core.
func counted(name string) bool { return name == "node_cpu_seconds_total" }

func TestPanelsFillTheGrid(t *testing.T) {
	const columns = 24
	taken := map[[2]uint32]string{}
	bottom := uint32(0)
	place := func(name string, pos *dashboard.GridPos) {
		if pos.W == 0 || pos.H == 0 || pos.X+pos.W > columns {
			t.Errorf("panel %q exceeds its line: the spans of a line must add up to %d", name, columns)
		}
		for x := pos.X; x < pos.X+pos.W; x++ {
			for y := pos.Y; y < pos.Y+pos.H; y++ {
				if other := taken[[2]uint32{x, y}]; other != "" {
					t.Errorf("panel %q overlaps %q", name, other)
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
	last := ""
	for y := range bottom {
		for x := range uint32(columns) {
			name := taken[[2]uint32{x, y}]
			if name == "" {
				t.Fatalf("there is a hole after panel %q: the spans of a line must add up to %d, and its heights must be equal", last, columns)
			}
			last = name
		}
	}
}

// Grafana shows 20 grid units of 38 pixels in a window of 1440 x 900.
func TestFirstScreenShowsTheLoadBesideTheCPU(t *testing.T) {
	const firstScreen = 20
	places := map[string]dashboard.GridPos{}
	for _, p := range panels(t) {
		places[title(p)] = *p.GridPos
		if *p.Id < 300 && p.GridPos.Y+p.GridPos.H > firstScreen {
			t.Errorf("panel %q ends at %d, below the first screen", title(p), p.GridPos.Y+p.GridPos.H)
		}
	}
	for left, right := range map[string]string{"QPS": "CPU of each process", "ts_diff": "CPU of the host"} {
		l, r := places[left], places[right]
		if r.Y+r.H > firstScreen || l.Y != r.Y || l.H != r.H || l.X+l.W != r.X || l.W != r.W {
			t.Errorf("%s is at %+v and %s at %+v, want them side by side on the first screen", left, l, right, r)
		}
	}
}

func TestIDsAreUnique(t *testing.T) {
	seen := map[uint32]bool{}
	for _, p := range panels(t) {
		if p.Id == nil || seen[*p.Id] || *p.Id%100 == 0 {
			t.Errorf("panel %q: its id is missing, taken or a row's", title(p))
			continue
		}
		seen[*p.Id] = true
		letters := map[string]bool{}
		for _, q := range queries(p) {
			if q.RefId == nil || letters[*q.RefId] {
				t.Errorf("panel %q: two queries have the same letter", title(p))
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
	readYAML(t, "../prometheus/prometheus.yml", &config)
	got := provisionedDatasource(t).JSONData.TimeInterval
	if got == "" || got != config.Global.ScrapeInterval {
		t.Errorf("the datasource has timeInterval %q, but Prometheus scrapes every %q", got, config.Global.ScrapeInterval)
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

// builtPanels are the panels as the code defines them, without the additions of finish.
func builtPanels(t *testing.T) []dashboard.Panel {
	t.Helper()
	var list []dashboard.Panel
	for _, r := range rows() {
		for _, b := range r.panels {
			p, err := b.Build()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, p)
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
	readYAML(t, "provisioning/datasources/prometheus.yml", &config)
	if len(config.Datasources) != 1 {
		t.Fatalf("%d datasources, want 1", len(config.Datasources))
	}
	return config.Datasources[0]
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
