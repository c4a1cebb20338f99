package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// row is a titled row of the dashboard; its panels flow over 24 columns. About names the section of a
// README that tells more; each panel's description ends with it.
type row struct {
	title  string
	about  section
	panels []cog.Builder[dashboard.Panel]
}

// section is a heading of a README, by its path in the repository.
type section struct{ file, heading string }

func (s section) String() string { return "More: " + s.file + ", *" + s.heading + "*." }

// rows in the order of the page. The first answers the question of the lab at one glance, and fits
// a laptop's screen together with its charts.
func rows() []row {
	return []row{
		glanceRow(),
		loadRow(),
		stagesRow(),
		cpuRow(),
		physicsRow(),
		healthRow(),
	}
}

func build() (dashboard.Dashboard, error) {
	b := dashboard.NewDashboardBuilder("batchlab").
		Uid("batchlab").
		Description("A load generator (service-a) against a batching server (service-b): which concurrency and which batch size fill the CPU, what QPS that gives, and what a request pays for it.").
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
	number(board.Panels)
	refer(board.Panels)
	return board, nil
}

// number gives each row the ids 100, 200, ... and its panels the ids that follow, so that a link to
// a panel survives an addition to another row; and each query its letter.
func number(panels []dashboard.PanelOrRowPanel) {
	id := uint32(0)
	for _, p := range panels {
		if p.RowPanel != nil {
			id = id/100*100 + 100
			p.RowPanel.Id = id
			continue
		}
		id++
		p.Panel.Id = new(id)
		for i, target := range p.Panel.Targets {
			q := target.(prometheus.Dataquery)
			q.RefId = new(string(rune('A' + i)))
			p.Panel.Targets[i] = q
		}
	}
}

// refer ends the description of each panel with where its row is explained.
func refer(panels []dashboard.PanelOrRowPanel) {
	all := rows()
	for _, p := range panels {
		if p.Panel != nil && p.Panel.Description != nil {
			p.Panel.Description = new(*p.Panel.Description + "\n\n" + all[*p.Panel.Id/100-1].about.String())
		}
	}
}
