//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fakeAll replaces the clients by scripts that print recorded output, and service-b by a plain server with
// recorded metrics.
func fakeAll(t *testing.T) {
	t.Helper()
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{"service-b": fmt.Sprintf("exec %s service-b %s/service-b", os.Args[0], testdata)}
	for _, c := range clients() {
		scripts[c.name] = fmt.Sprintf("exec cat %s/%s-ok.txt", testdata, c.name)
	}
	fake(t, scripts)
}

// printed is a benchmark's output with one space between words.
func printed(t *testing.T, benchmark func(context.Context, plan, io.Writer) error, p plan) string {
	t.Helper()
	fakeAll(t)
	var out bytes.Buffer
	if err := benchmark(t.Context(), p, &out); err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(` +`).ReplaceAllString(out.String(), " ")
}

func TestBenchA(t *testing.T) {
	got := printed(t, benchA, plan{rounds: 2, each: 2, connections: 128})
	for _, want := range []string{
		"128 connections to a plain gin handler, 2 s each, in turn;", "\n requests/s client us\n",
		"\nservice-a 26686.0 ", "\nwrk 13805.5 ", "\nbombardier 11281.0 ", "\nfortio 14073.0 ", "\nhey 7846.5 ",
		"\nrequests/s: service-a / wrk 1.93 1.93 1.93\n", "\nclient us: service-a / wrk ",
		"\nrequests/s: service-a / hey 3.40 3.40 3.40\n", "\nclient us: service-a / hey ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestBenchB(t *testing.T) {
	got := printed(t, benchB, plan{rounds: 2, each: 2, connections: 128})
	for _, want := range []string{
		"wrk with 128 connections, 2 s each, in turn;", "\n requests/s server us server MB\n",
		"\nservice-b 13805.5 ", "\nplain gin, encoding/json 13805.5 ", "\nplain gin, codec and GOGC of service-b 13805.5 ",
		"\nrequests/s: service-b / plain gin, encoding/json 1.00 1.00 1.00\n", "\nserver us: service-b / plain gin, encoding/json ",
		"\nrequests/s: service-b / plain gin, codec and GOGC of service-b 1.00 1.00 1.00\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestBenchBIdle(t *testing.T) {
	got := printed(t, benchB, plan{rounds: 2, each: 2, connections: 128, idle: 20})
	for _, want := range []string{
		"\nservice-b 13805.5 ", "\nwith 20 idle connections 13805.5 ",
		"\nrequests/s: with 20 idle connections / service-b 1.00 1.00 1.00\n", "\nserver us: with 20 idle connections / service-b ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "plain") {
		t.Errorf("the plain handlers were driven:\n%s", got)
	}
}

func TestBenchLab(t *testing.T) {
	got := printed(t, benchLab, plan{rounds: 1, each: 2, connections: 127})
	metrics, err := os.ReadFile("testdata/service-b/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for size, model := range map[int]string{1: "2200.0", 2: "1200.0", 5: "600.0", 10: "400.0", 20: "300.0"} {
		most, err := ceiling(string(metrics), size, 127)
		if err != nil {
			t.Fatal(err)
		}
		row := regexp.MustCompile(fmt.Sprintf(`\nbatches of %d 26686.0 %.1f \S+ \S+ \S+ %s 100.0\n`, size, most, model))
		if !row.MatchString(got) {
			t.Errorf("no %s in\n%s", row, got)
		}
		if ratio := fmt.Sprintf("\nbatches of %d: requests/s / ceiling %.2f ", size, 26686/most); !strings.Contains(got, ratio) {
			t.Errorf("no %q in\n%s", ratio, got)
		}
	}
}

// Batches that can never fill are left out.
func TestBenchLabOfFewConnections(t *testing.T) {
	got := printed(t, benchLab, plan{rounds: 1, each: 2, connections: 5})
	if !strings.Contains(got, "\nbatches of 5 ") || strings.Contains(got, "batches of 10 ") {
		t.Errorf("with 5 connections:\n%s", got)
	}
}

// A call takes 20 ms on average, and 10 requests in flight are one call at once.
func TestCeiling(t *testing.T) {
	metrics := "batcher_ai_seconds_bucket{le=\"1\"} 5\nbatcher_ai_seconds_sum 4\nbatcher_ai_seconds_count 200\n"
	got, err := ceiling(metrics, 10, 10)
	if err != nil || got != 500 {
		t.Errorf("the ceiling is %v, %v", got, err)
	}
	if _, err := ceiling("up 1\n", 10, 10); err == nil || !strings.Contains(err.Error(), "batcher_ai_seconds_sum") {
		t.Errorf("without the figures the error is %v", err)
	}
}

func TestBenchMemory(t *testing.T) {
	got := printed(t, benchMemory, plan{rounds: 1, each: 1, requests: 500})
	for _, want := range []string{
		"\n10 connections 26694.0 ", "\n1000 connections 26694.0 ", "\n10000 connections 26694.0 ", "\n50 requests 26694.0 ", "\n500 requests 26694.0 ",
		"\nclient MB: 1000 connections / 10 connections ", "\nclient MB: 10000 connections / 10 connections ", "\nclient MB: 500 requests / 50 requests ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
