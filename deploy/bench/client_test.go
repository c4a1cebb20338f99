package main

import (
	"maps"
	"os"
	"testing"
)

func recorded(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The outputs come from three servers: one answers all requests, one answers one in ten with 503, and one closes one
// connection in ten without a reply. For bombardier, which silently resends those, nothing listens at all.
func TestParse(t *testing.T) {
	want := map[string]figures{
		"service-a":  {"requests": 26694, "requests/s": 26686, "host %": 100},
		"wrk":        {"requests": 27611, "requests/s": 13805.5},
		"bombardier": {"requests": 22562, "requests/s": 11281},
		"fortio":     {"requests": 28146, "requests/s": 14073},
		"hey":        {"requests": 15693, "requests/s": 7846.5},
	}
	failures := map[string]string{
		"service-a-refused": "failed: 7", "service-a-hangup": "failed: 1",
		"wrk-refused": "Non-2xx or 3xx responses: 2378", "wrk-hangup": "Socket errors: connect 0, read 2602, write 0, timeout 0",
		"bombardier-refused": "5xx - 2", "bombardier-hangup": "others - 1",
		"fortio-hangup": "Code  -1 : 101 (0.6 %)",
		"hey-refused":   "[503]	1120 responses", "hey-hangup": "Error distribution",
	}
	for _, c := range clients() {
		got, err := c.parse(recorded(t, c.name+"-ok"), 2)
		if err != nil || !maps.Equal(got, want[c.name]) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, want[c.name])
		}
		for _, kind := range []string{"-refused", "-hangup"} {
			want := "requests failed: " + failures[c.name+kind]
			if c.name+kind == "fortio-refused" { // it gives up at the first error
				want = `nothing printed matches Code +200 : (\d+) `
			}
			if _, err := c.parse(recorded(t, c.name+kind), 2); err == nil || err.Error() != want {
				t.Errorf("%s: the error is %v, want %s", c.name+kind, err, want)
			}
		}
		if got, err := c.parse("", 2); err == nil {
			t.Errorf("%s printed nothing, and that was read as %v", c.name, got)
		}
	}
}

func TestLabReadsTheHost(t *testing.T) {
	got, err := labA().parse(recorded(t, "service-a-ok"), 2)
	if want := (figures{"requests": 26694, "requests/s": 26686, "host %": 100}); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}
