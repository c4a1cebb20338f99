package report

import (
	"strings"
	"testing"
	"time"
)

func TestLiveWithoutATerminal(t *testing.T) {
	var b strings.Builder
	l := NewLive(&b, nil)
	if l.Every() != 5*time.Second {
		t.Errorf("a line every %v, want 5s", l.Every())
	}
	l.Say("first")
	l.Warn("")
	l.Warn("too few")
	l.Show(Progress{Elapsed: 5 * time.Second})
	l.Warn("too few")
	l.Warn("far too few")
	l.Warn("")
	l.Close()
	const want = "first\nWARNING: too few\n5s | QPS 0 (mean 0) | ok 0 | in flight 0\nWARNING: far too few\nbatches can fill again\n"
	if b.String() != want {
		t.Errorf("shown:\n%q\nwant\n%q", b.String(), want)
	}
}

// on returns a Live on a terminal of the given size.
func on(b *strings.Builder, columns, rows *int, color bool) *Live {
	return &Live{w: b, terminal: &terminal{size: func() (int, int) { return *columns, *rows }, color: color, glyphs: glyphsFor(nil)}}
}

// The block is redrawn from its first row, wherever the cursor is.
func TestBlockIsRewritten(t *testing.T) {
	var b strings.Builder
	columns, rows := 80, 24
	l := on(&b, &columns, &rows, false)
	l.Show(Progress{Elapsed: time.Second})
	const first = "time      1s   until stopped (Ctrl-C)\nQPS       0 now   0 mean   _\nts_diff   no ok reply yet\nrequests  in flight 0   ok 0"
	if b.String() != first {
		t.Fatalf("first\n%q\nwant\n%q", b.String(), first)
	}
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"again", func() { l.Show(Progress{Elapsed: 2 * time.Second}) }, "\r\x1b[3A\x1b[Jtime      2s"},
		{"half as wide: the first line takes two rows", func() { columns = 30; l.Show(Progress{Elapsed: 3 * time.Second}) }, "\r\x1b[4A\x1b[Jtime      3s\nQPS"},
		{"two rows: one line, so that none scrolls away", func() { rows = 2; l.Show(Progress{Elapsed: 4 * time.Second}) }, "\r\x1b[3A\x1b[Jtime      4s"},
		{"a line that stays", func() { l.Say("hello") }, "\r\x1b[Jhello\n"},
		{"a warning", func() { l.Warn("too few") }, "WARNING: too few\n"},
		{"below it", func() { l.Show(Progress{Elapsed: 5 * time.Second}) }, "time      5s"},
		{"the end", func() { l.Close() }, "\r\x1b[J"},
		{"the end again", func() { l.Close() }, ""},
	} {
		b.Reset()
		step.do()
		if !strings.HasPrefix(b.String(), step.want) || step.want == "" && b.String() != "" {
			t.Errorf("%s: %q, want %q", step.name, b.String(), step.want)
		}
	}
}

func TestColor(t *testing.T) {
	for _, color := range []bool{false, true} {
		var b strings.Builder
		columns, rows := 80, 24
		l := on(&b, &columns, &rows, color)
		l.Show(progress())
		l.Warn("too few")
		if got := strings.Contains(b.String(), yellow); got != color {
			t.Errorf("color %v: %q", color, b.String())
		}
	}
}

func TestTerminalOf(t *testing.T) {
	if terminalOf(&strings.Builder{}, nil) != nil {
		t.Error("a buffer is taken for a terminal")
	}
	for _, tt := range []struct {
		environ []string
		want    string
	}{
		{[]string{"LANG=en_US.UTF-8"}, "█"},
		{[]string{"LANG=C", "LC_ALL=C.utf8"}, "█"},
		{[]string{"LANG=en_US.UTF-8", "LC_ALL=C"}, "#"},
		{nil, "#"},
	} {
		if got := glyphsFor(tt.environ).done; got != tt.want {
			t.Errorf("%v: drawn with %s, want %s", tt.environ, got, tt.want)
		}
	}
}
