package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v10"

	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/trial"
	"batchlab/service-b/api"
)

// none is the word for "not there": an empty variable counts as unset.
const none = "none"

// config is the environment of service-a. An empty variable counts as unset. The allowed tag is
// what an error says when the value cannot be parsed or is out of range.
type config struct {
	// Mode is what A does: run sends one load and reports on it.
	Mode string `env:"MODE" envDefault:"run" allowed:"run"`
	// TargetURL is where requests go; all addresses of its host name are used.
	TargetURL string `env:"TARGET_URL" envDefault:"http://127.0.0.1:5000/testB" allowed:"an http:// URL with a path, such as http://127.0.0.1:5000/testB"`
	// TargetAdminURL is where B shows its metrics; "none" for a B without, whose figures are left out.
	TargetAdminURL string `env:"TARGET_ADMIN_URL" envDefault:"http://127.0.0.1:5001" allowed:"an http:// URL, such as http://127.0.0.1:5001, or none"`
	// AdminAddr is where A serves its own metrics and health.
	AdminAddr string `env:"ADMIN_ADDR" envDefault:":5002" allowed:"host:port or :port, such as :5002"`
	// Concurrency is how many requests are in flight; in an open loop, how many can be at most.
	Concurrency int `env:"CONCURRENCY" envDefault:"127" allowed:"a whole number from 1 to 1000000"`
	// Requests is how many are sent, not counting the warm-up; 0 = no such limit.
	Requests int64 `env:"REQUESTS" envDefault:"2000" allowed:"a whole number from 0 (no limit)"`
	// Duration is how long requests are sent, not counting the warm-up; 0 = no such limit.
	Duration time.Duration `env:"DURATION" envDefault:"0s" allowed:"a duration from 0s (no limit), such as 30s or 5m"`
	// Rate is requests per second, by the clock; 0 = closed loop, as fast as replies come.
	Rate float64 `env:"RATE" envDefault:"0" allowed:"requests per second from 0 (closed loop) to 1000000"`
	// Warmup is how long requests are sent before measuring begins.
	Warmup time.Duration `env:"WARMUP" envDefault:"0s" allowed:"a duration from 0s, such as 5s"`
	// RequestTimeout bounds one request, connecting included.
	RequestTimeout time.Duration `env:"REQUEST_TIMEOUT" envDefault:"3s" allowed:"a duration from 1ms to 1h, such as 3s"`
	// BusyBackoff is how long a worker waits after busy, unless the reply says (closed loop).
	BusyBackoff time.Duration `env:"BUSY_BACKOFF" envDefault:"3s" allowed:"a duration from 1ms to 1h, such as 3s"`
	// ImageURL is sent as url.
	ImageURL string `env:"IMAGE_URL" envDefault:"http://www.pyimagesearch.com/wp-content/uploads/2015/01/google_logo.png" allowed:"an absolute http or https URL"`
	// ReportDir is where JSON reports go.
	ReportDir string `env:"REPORT_DIR" envDefault:"none" allowed:"a directory that can be written to, or none"`
	// DashboardURL is only shown, so that whoever starts the lab knows where to look.
	DashboardURL string `env:"DASHBOARD_URL" envDefault:"none" allowed:"an absolute http or https URL, or none"`
}

// parseConfig reads the environment. Its error names every bad variable, one a line.
func parseConfig(environ []string) (config, error) {
	vars := env.ToMap(environ)
	var cfg config
	unparsed, err := unparsedFields(env.ParseWithOptions(&cfg, env.Options{Environment: vars}))
	if err != nil {
		return config{}, err
	}
	var problems []error
	valid := cfg.valid()
	for f := range reflect.TypeFor[config]().Fields() {
		name := f.Tag.Get("env")
		if unparsed[f.Name] || !valid[name] {
			problems = append(problems, fmt.Errorf("%s is %q, allowed is %s", name, vars[name], f.Tag.Get("allowed")))
		}
	}
	return cfg, errors.Join(problems...)
}

// unparsedFields names the struct's fields whose variables could not even be parsed.
func unparsedFields(err error) (fields map[string]bool, other error) {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return nil, err
	}
	fields = map[string]bool{}
	for _, err := range all.Errors {
		parse, ok := errors.AsType[env.ParseError](err)
		if !ok {
			return nil, err
		}
		fields[parse.Name] = true
	}
	return fields, nil
}

// valid tells of each variable whether its value is what its allowed tag says.
func (c *config) valid() map[string]bool {
	return map[string]bool{
		"MODE":             c.Mode == "run",
		"TARGET_URL":       isTarget(c.TargetURL) && hasPath(c.TargetURL),
		"TARGET_ADMIN_URL": c.TargetAdminURL == none || isTarget(c.TargetAdminURL),
		"ADMIN_ADDR":       isListenAddr(c.AdminAddr),
		"CONCURRENCY":      1 <= c.Concurrency && c.Concurrency <= 1_000_000,
		"REQUESTS":         c.Requests >= 0,
		"DURATION":         c.Duration >= 0,
		"RATE":             0 <= c.Rate && c.Rate <= 1_000_000, // false for NaN
		"WARMUP":           c.Warmup >= 0,
		"REQUEST_TIMEOUT":  time.Millisecond <= c.RequestTimeout && c.RequestTimeout <= time.Hour,
		"BUSY_BACKOFF":     time.Millisecond <= c.BusyBackoff && c.BusyBackoff <= time.Hour,
		"IMAGE_URL":        api.IsURL(c.ImageURL),
		"REPORT_DIR":       c.ReportDir == none || !isFile(c.ReportDir),
		"DASHBOARD_URL":    c.DashboardURL == none || api.IsURL(c.DashboardURL),
	}
}

// isTarget accepts what the client can speak to: plain HTTP, without a login.
func isTarget(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return false
	}
	return u.Port() == "" || isPort(u.Port())
}

func hasPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Path != ""
}

func isListenAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	return err == nil && isPort(port)
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// settings lists all variables with their values, in the order of the struct.
func (c *config) settings() []measure.Setting {
	var all []measure.Setting
	for f, v := range reflect.ValueOf(*c).Fields() {
		value := v.Interface()
		if d, ok := value.(time.Duration); ok {
			value = d.String()
		}
		all = append(all, measure.Setting{Name: f.Tag.Get("env"), Value: value})
	}
	return all
}

// describe says in one line what is going to be sent.
func (c *config) describe() string {
	how := fmt.Sprintf("closed loop, %d in flight", c.Concurrency)
	if c.Rate > 0 {
		how = fmt.Sprintf("open loop, %g requests/s, at most %d in flight", c.Rate, c.Concurrency)
	}
	var until []string
	if c.Requests > 0 {
		until = append(until, fmt.Sprintf("%d requests", c.Requests))
	}
	if c.Duration > 0 {
		until = append(until, c.Duration.String())
	}
	if len(until) == 0 {
		until = []string{"until stopped"}
	}
	return fmt.Sprintf("sending to %s: %s, %s", c.TargetURL, how, strings.Join(until, " or "))
}

// trial is the measured run that the variables ask for.
func (c *config) trial() trial.Config {
	return trial.Config{
		Plan:           load.Plan{Rate: c.Rate, Requests: c.Requests, Duration: c.Duration, Warmup: c.Warmup},
		Concurrency:    c.Concurrency,
		ImageURL:       c.ImageURL,
		RequestTimeout: c.RequestTimeout,
		BusyBackoff:    c.BusyBackoff,
		Settings:       c.settings(),
	}
}
