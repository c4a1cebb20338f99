package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
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

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTextSaysThatItCouldNotBeWritten(t *testing.T) {
	if err := Text(broken{}, empty()); err == nil {
		t.Error("no error")
	}
}
