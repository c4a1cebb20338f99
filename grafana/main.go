// Command grafana generates the JSON of the lab's dashboard from Go code.
//
// It uses the classic schema instead of v2, because older Grafanas cannot load v2, and no Grafana can
// load a home dashboard in v2 from a file.
package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

//go:generate go run .

const file = "dashboards/batchlab.json"

func main() {
	text, err := render()
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "grafana:", err)
		os.Exit(1)
	}
}

// render returns indented JSON with sorted keys and unescaped operators, for readable diffs.
func render() ([]byte, error) {
	board, err := build()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(board)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(tree)
	return out.Bytes(), err
}

// row is a titled row of panels, laid out over 24 columns. README.md has a section with the same title.
type row struct {
	title  string
	panels []panel
}

type panel = cog.Builder[dashboard.Panel]

// rows are in page order. The first two fit on a screen of 1440 x 900.
func rows() []row {
	return []row{now(), load(), stages(), physics(), programs(), health()}
}

func build() (dashboard.Dashboard, error) {
	b := dashboard.NewDashboardBuilder("batchlab").
		Uid("batchlab").
		Description("A load generator (service-a) and a batching server (service-b): which concurrency and batch size "+
			"saturate the CPU, at what QPS, and what each request pays for it.").
		Tags([]string{"batchlab"}).
		Readonly().
		Time("now-5m", "now").
		Refresh("1s").
		Timepicker(dashboard.NewTimePickerBuilder().
			RefreshIntervals([]string{"1s", "2s", "5s", "10s", "30s", "1m", "5m"})).
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Variables([]cog.Builder[dashboard.VariableModel]{
			replicas("service_a", "service-a"), replicas("service_b", "service-b"),
		}).
		Annotations(annotations())
	for _, r := range rows() {
		b.WithRow(dashboard.NewRowBuilder(r.title))
		for _, p := range r.panels {
			b.WithPanel(p)
		}
	}
	board, err := b.Build()
	if err != nil {
		return board, err
	}
	finish(board.Panels)
	return board, nil
}

// finish adds descriptions and ids: rows get 100, 200, ..., and their panels the ids that follow, so that links
// to panels survive additions to other rows.
func finish(panels []dashboard.PanelOrRowPanel) {
	var id uint32
	var row string
	for _, p := range panels {
		if p.RowPanel != nil {
			id = id/100*100 + 100
			p.RowPanel.Id, row = id, *p.RowPanel.Title
			continue
		}
		id++
		p.Panel.Id = new(id)
		p.Panel.Description = new(describe(*p.Panel.Title, row))
	}
}

//go:embed descriptions
var descriptions embed.FS

// describe returns a panel's description from its Markdown file. Without a file it is empty, which a test reports.
func describe(panel, row string) string {
	text, _ := descriptions.ReadFile(descriptionFile(panel))
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return ""
	}
	return fmt.Sprintf("%s\n\nMore: *%s* in grafana/README.md.", text, row)
}

// descriptionFile returns descriptions/cpu-of-the-host.md for "CPU of the host".
func descriptionFile(title string) string {
	name := strings.ReplaceAll(strings.ToLower(title), "'", "")
	return "descriptions/" + regexp.MustCompile(`\W+`).ReplaceAllString(name, "-") + ".md"
}
