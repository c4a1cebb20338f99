package main

import (
	"errors"
	"flag"
	"reflect"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

func TestParseOptions(t *testing.T) {
	until := func(requests, duration string) types.Mapping {
		return types.Mapping{"REQUESTS": requests, "DURATION": duration}
	}
	tests := []struct {
		args string
		want options
	}{
		{"", options{defaults: until("0", "30s")}},
		{"-report", options{length: until("2000", "0s"), defaults: types.Mapping{"CONCURRENCY": "127", "RATE": "0", "WARMUP": "0s"}}},
		{"-forever", options{length: until("0", "0s")}},
		{"-duration 2m", options{length: until("0", "2m0s")}},
		{"-duration 30s", options{length: until("0", "30s")}},
		{"-prometheus", options{defaults: until("0", "30s"), prometheus: true}},
		{"-grafana -forever", options{length: until("0", "0s"), prometheus: true, grafana: true}},
	}
	for _, tt := range tests {
		got, err := parseOptions(strings.Fields(tt.args), nil)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
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
