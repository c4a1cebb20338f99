package main

import (
	"errors"
	"flag"
	"strings"
	"testing"
	"time"
)

func TestParseOptions(t *testing.T) {
	tests := []struct {
		args string
		want options
	}{
		{"", options{duration: 30 * time.Second}},
		{"-report", options{report: true, duration: 30 * time.Second, chosen: true}},
		{"-forever", options{forever: true, duration: 30 * time.Second, chosen: true}},
		{"-duration 2m", options{duration: 2 * time.Minute, chosen: true}},
		{"-prometheus", options{duration: 30 * time.Second, prometheus: true}},
		{"-grafana -forever", options{forever: true, duration: 30 * time.Second, chosen: true, prometheus: true, grafana: true}},
	}
	for _, tt := range tests {
		got, err := parseOptions(strings.Fields(tt.args), nil)
		if err != nil || got != tt.want {
			t.Errorf("%q: got %+v, %v; want %+v", tt.args, got, err, tt.want)
		}
	}
}

func TestParseOptionsNamesWhatIsWrong(t *testing.T) {
	tests := []struct{ args, want string }{
		{"-report -forever", "choose one"},
		{"-report -duration 1s", "choose one"},
		{"-duration 0s", "above 0"},
		{"-duration 5", "5"},
		{"-fast", "-fast"},
		{"report", `unexpected argument "report"`},
	}
	for _, tt := range tests {
		_, err := parseOptions(strings.Fields(tt.args), nil)
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %q", tt.args, err, tt.want)
		}
	}
}

func TestHelp(t *testing.T) {
	var text strings.Builder
	if _, err := parseOptions([]string{"-h"}, &text); !errors.Is(err, flag.ErrHelp) || exitStatus(err) != 0 {
		t.Errorf("got %v", err)
	}
	for _, want := range []string{"go run ./deploy/local -report", "-forever", "-duration long", "(default 30s)", ".env"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the usage text lacks %q:\n%s", want, &text)
		}
	}
}
