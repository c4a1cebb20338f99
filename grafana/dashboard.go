package main

import (
	"embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// row is a titled row of panels, laid out over 24 columns. README.md has a section of the same title.
type row struct {
	title  string
	panels []panel
}

type panel = cog.Builder[dashboard.Panel]

// rows are in page order. The first two fit on a laptop's screen.
func rows() []row {
	return []row{now(), load(), stages(), cpu(), physics(), health()}
}

func build() (dashboard.Dashboard, error) {
	b := dashboard.NewDashboardBuilder("batchlab").
		Uid("batchlab").
		Description("A load generator (service-a) and a batching server (service-b): which concurrency and batch size saturate the CPU, at what QPS, and what each request pays for it.").
		Tags([]string{"batchlab"}).
		Readonly().
		Time("now-5m", "now").
		Refresh("1s").
		Timepicker(dashboard.NewTimePickerBuilder().
			RefreshIntervals([]string{"1s", "2s", "5s", "10s", "30s", "1m", "5m"})).
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Variables(variables()).
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

// finish adds ids, query letters and descriptions. Rows get the ids 100, 200, ... and their panels the
// ids that follow, so that links to panels survive additions to other rows.
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
		p.Panel.Description = new(describe(*p.Panel, row))
		for i, target := range p.Panel.Targets {
			q := target.(prometheus.Dataquery)
			q.RefId = new(letter(i))
			p.Panel.Targets[i] = q
		}
	}
}

func letter(i int) string { return string(rune('A' + i)) }

//go:embed descriptions
var descriptions embed.FS

// describe returns a panel's description: the one in the code, or else its Markdown file. Without
// either it is empty, which a test reports.
func describe(p dashboard.Panel, row string) string {
	text := ""
	if p.Description != nil {
		text = *p.Description
	} else if file, err := descriptions.ReadFile(descriptionFile(*p.Title)); err == nil {
		text = strings.TrimSpace(string(file))
	}
	if text == "" {
		return ""
	}
	return text + fmt.Sprintf("\n\nMore: *%s* in grafana/README.md.", row)
}

// descriptionFile is descriptions/cpu-of-the-host.md for "CPU of the host".
func descriptionFile(title string) string {
	name := strings.ReplaceAll(strings.ToLower(title), "'", "")
	return "descriptions/" + regexp.MustCompile(`\W+`).ReplaceAllString(name, "-") + ".md"
}
