// Package report shows runs to people, during the run (Live) and after it (Text), and to programs (WriteJSON).
package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Live shows progress: on a terminal as a block redrawn in place, otherwise as lines. Not safe for concurrent use.
type Live struct {
	w        io.Writer
	terminal *terminal // nil if w is not a terminal
	warning  string
	qps      []float64 // shown so far, latest last
	shown    []line    // the block on screen
}

// NewLive returns a Live that writes to w. It honors NO_COLOR, TERM=dumb and the locale in environ.
func NewLive(w io.Writer, environ []string) *Live {
	return &Live{w: w, terminal: terminalOf(w, environ)}
}

// Every is the interval at which Show should be called.
func (l *Live) Every() time.Duration {
	if l.terminal != nil {
		return time.Second
	}
	return 5 * time.Second
}

// Say prints a permanent line.
func (l *Live) Say(line string) { l.print(line, "") }

// Warn prints the warning if it has changed. An empty one means that batches can fill again.
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

// Show displays the progress of the run.
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
	lines = lines[:min(len(lines), max(rows-1, 1))] // lines that have scrolled off cannot be redrawn
	l.draw(lines, columns)
}

// Close erases the block; the summary repeats its figures.
func (l *Live) Close() {
	if l.terminal != nil {
		columns, _ := l.terminal.size()
		l.draw(nil, columns)
	}
}

func (l *Live) print(line, color string) {
	if l.terminal != nil {
		l.Close()
		line = l.terminal.paint(line, color)
	}
	fmt.Fprintln(l.w, line)
}

// draw replaces the lines on screen, in one write to avoid flicker. The cursor stays at the end of the last line.
func (l *Live) draw(lines []line, columns int) {
	var b strings.Builder
	if len(l.shown) > 0 {
		b.WriteString("\r")
		if up := rowsOf(l.shown, columns) - 1; up > 0 {
			fmt.Fprintf(&b, "\x1b[%dA", up)
		}
		b.WriteString("\x1b[J")
	}
	l.shown = lines
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(l.terminal.paint(line.label, dim) + l.terminal.paint(line.text, line.color))
	}
	_, _ = io.WriteString(l.w, b.String())
}

// rowsOf is how many rows the lines occupy now: a terminal rewraps them when it becomes narrower.
func rowsOf(lines []line, columns int) (rows int) {
	for _, line := range lines {
		rows += max((line.columns()+columns-1)/columns, 1)
	}
	return rows
}
