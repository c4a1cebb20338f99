package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"batchlab/service-a/measure"
)

func TestText(t *testing.T) {
	for name, s := range map[string]measure.Summary{"full.txt": full(), "open.txt": open(), "empty.txt": empty(), "changed.txt": changed()} {
		var b bytes.Buffer
		if err := Text(&b, s); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

// The screen and the JSON report round alike: a mean may lie halfway between two microseconds.
func TestDecimals(t *testing.T) {
	var h measure.Histogram
	for _, ns := range []time.Duration{4000, 5000} {
		h.Record(ns)
	}
	body, err := h.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"mean":` + decimals(h.Mean()) + `,`; !strings.HasPrefix(string(body), want) {
		t.Errorf("the screen has %s, the report %s", decimals(h.Mean()), body)
	}
}

func TestSummaryWithoutABatch(t *testing.T) {
	s := full()
	s.B = &measure.Between{}
	var b bytes.Buffer
	if err := Text(&b, s); err != nil || !strings.Contains(b.String(), "AI workers 0 % busy, no batch ran\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestSummaryFits80Columns(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, full()); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if utf8.RuneCountInString(line) > 81 {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(line)-1, line)
		}
	}
}

func TestWrap(t *testing.T) {
	long := strings.Repeat("x", 70)
	for text, want := range map[string]string{
		"short":                    "short",
		long + " 123456":           long + " 123456",
		long + " 1234567":          long + "\n  1234567",
		long + " 1234 % of it":     long + " 1234 %\n  of it",
		long + " 12345 % of it":    long + "\n  12345 % of it",
		long + " " + long + " end": long + "\n  " + long + " end",
	} {
		if got := wrap(text, "  "); got != want {
			t.Errorf("%q is wrapped as %q, want %q", text, got, want)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTextSaysThatItCouldNotBeWritten(t *testing.T) {
	if err := Text(broken{}, empty()); err == nil {
		t.Error("no error")
	}
}

// The first line says the worst of a run: that it is INVALID, or else the goal that it missed.
func TestFirstLine(t *testing.T) {
	good := full()
	good.Goals[0].Kept = true
	noGoals := full()
	noGoals.Goals = nil
	both := open()
	both.Goals = full().Goals
	for name, tt := range map[string]struct {
		s    measure.Summary
		want string
	}{
		"valid, goal kept":          {good, "total time: 11250.0 ms"},
		"valid, no goals":           {noGoals, "total time: 11250.0 ms"},
		"goal missed":               {full(), "GOAL MISSED: 13 of 1013 requests failed (1.28 %), GOAL_FAILED allows 1%"},
		"invalid":                   {open(), "INVALID: requests were sent late (p99 schedule lag 19.615 ms exceeds 10 % of"},
		"invalid, goal missed, too": {both, "INVALID: requests were sent late (p99 schedule lag 19.615 ms exceeds 10 % of"},
		"nothing succeeded":         {empty(), "INVALID: no request succeeded, so there is nothing to measure"},
	} {
		var b bytes.Buffer
		if err := Text(&b, tt.s); err != nil {
			t.Fatal(err)
		}
		if first, _, _ := strings.Cut(b.String(), "\n"); first != tt.want {
			t.Errorf("%s: the first line is %q, want %q", name, first, tt.want)
		}
		missed := len(tt.s.Goals) > 0 && !tt.s.Goals[0].Kept
		if strings.Contains(b.String(), "\nGOAL MISSED: ") != (missed && !tt.s.Verdict.Valid) || strings.Contains(b.String(), "GOAL_FAILED") != missed {
			t.Errorf("%s: a goal is missed: %v, and the summary is\n%s", name, missed, b.String())
		}
	}
}
