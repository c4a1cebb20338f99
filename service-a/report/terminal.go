package report

import (
	"cmp"
	"io"
	"os"
	"strings"

	"github.com/caarlos0/env/v10"
	"golang.org/x/term"
)

// ANSI colors.
const (
	dim    = "\x1b[2m"
	yellow = "\x1b[33m"
)

// terminal describes a terminal that a block can be drawn on.
type terminal struct {
	size   func() (columns, rows int) // called at each draw, because windows are resized
	color  bool
	glyphs glyphs
}

// glyphs are the characters of a bar and a sparkline.
type glyphs struct {
	done, left string
	spark      []rune // from low to high
}

// terminalOf returns nil if w is not a terminal or cannot move its cursor.
func terminalOf(w io.Writer, environ []string) *terminal {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || env.ToMap(environ)["TERM"] == "dumb" {
		return nil
	}
	size := func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil || columns <= 0 || rows <= 0 {
			return 80, 24
		}
		return columns, rows
	}
	return &terminal{size: size, color: env.ToMap(environ)["NO_COLOR"] == "", glyphs: glyphsFor(environ)}
}

// glyphsFor falls back to ASCII unless the locale is UTF-8.
func glyphsFor(environ []string) glyphs {
	vars := env.ToMap(environ)
	locale := cmp.Or(vars["LC_ALL"], vars["LC_CTYPE"], vars["LANG"])
	if locale = strings.ToLower(locale); strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8") {
		return glyphs{"█", "░", []rune("▁▂▃▄▅▆▇█")}
	}
	return glyphs{"#", ".", []rune("_.-~=+*#")}
}

func (t *terminal) paint(text, color string) string {
	if !t.color || color == "" || text == "" {
		return text
	}
	return color + text + "\x1b[0m"
}
