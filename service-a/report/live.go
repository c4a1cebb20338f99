// Package report shows runs: to a person while they go on (Live) and when they are over (Text),
// and to programs (WriteJSON).
package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	everyOnTerminal = time.Second
	everyAsLines    = 5 * time.Second
)

// Live shows progress: on a terminal as a block that is rewritten in place, elsewhere as a line now
// and then. It is not safe for concurrent use.
type Live struct {
	w        io.Writer
	terminal *terminal // nil when there is none
	warning  string
	qps      []float64 // as shown so far, the latest last
	shown    []int     // the columns that each line of the block on the screen takes
}

// NewLive returns a view on w. NO_COLOR, TERM=dumb and the locale in environ are honoured.
func NewLive(w io.Writer, environ []string) *Live {
	return &Live{w: w, terminal: terminalOf(w, environ)}
}

// Every is how often Show should be called.
func (l *Live) Every() time.Duration {
	if l.terminal != nil {
		return everyOnTerminal
	}
	return everyAsLines
}

// Say prints a line that stays.
func (l *Live) Say(line string) { l.print(line, "") }

// Warn says what is wrong when that changes, and that it is right again when it is empty.
func (l *Live) Warn(warning string) {
	if warning == l.warning {
		return
	}
	l.warning = warning
	if warning == "" {
		l.Say("batches can fill again")
		return
	}
	l.print("WARNING: "+warning, yellow)
}

// Show shows how the run goes.
func (l *Live) Show(p Progress) {
	if l.terminal == nil {
		fmt.Fprintln(l.w, p.line())
		return
	}
	const most = 120 // two minutes
	l.qps = append(l.qps, p.QPS)
	l.qps = l.qps[max(len(l.qps)-most, 0):]
	columns, rows := l.terminal.size()
	lines := block(p, l.qps, columns-1, l.terminal.glyphs)
	lines = lines[:min(len(lines), max(rows-1, 1))] // what scrolled away could not be rewritten
	l.draw(lines, columns)
}

// Close takes the block away: the summary has all of it.
func (l *Live) Close() {
	if l.terminal != nil {
		columns, _ := l.terminal.size()
		l.draw(nil, columns)
	}
}

func (l *Live) print(line, color string) {
	if l.terminal == nil {
		fmt.Fprintln(l.w, line)
		return
	}
	columns, _ := l.terminal.size()
	l.draw(nil, columns)
	fmt.Fprintln(l.w, l.terminal.paint(line, color))
}

// draw puts lines in the place of those that are there, in one write so that nothing flickers. The
// cursor stays at the end of the last one.
func (l *Live) draw(lines []line, columns int) {
	var b strings.Builder
	if len(l.shown) > 0 {
		b.WriteString("\r")
		if up := rowsOf(l.shown, columns) - 1; up > 0 {
			fmt.Fprintf(&b, "\x1b[%dA", up)
		}
		b.WriteString("\x1b[J")
	}
	l.shown = l.shown[:0]
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(l.terminal.paint(line.label, dim) + l.terminal.paint(line.text, line.color))
		l.shown = append(l.shown, line.columns())
	}
	_, _ = io.WriteString(l.w, b.String())
}

// rowsOf is how many rows lines take that were written when the terminal may have been wider:
// terminals wrap them anew.
func rowsOf(lengths []int, columns int) int {
	rows := 0
	for _, n := range lengths {
		rows += max((n+columns-1)/columns, 1)
	}
	return rows
}
