package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"batchlab/internal/settings"
	"batchlab/service-a/load"
	"batchlab/service-a/measure"
	"batchlab/service-a/trial"
)

// none switches something off; an empty variable could not, because it counts as unset.
const none = "none"

// config is the environment of service-a.
type config struct {
	Mode           string           `env:"MODE" envDefault:"run" validate:"oneof=run" help:"one run; there is no other mode yet"`
	TargetURL      string           `env:"TARGET_URL" envDefault:"http://127.0.0.1:5000/testB" validate:"target,path" help:"where requests go; A uses all addresses of the host name in turn"`
	TargetAdminURL string           `env:"TARGET_ADMIN_URL" envDefault:"http://127.0.0.1:5001" validate:"eq=none|target" help:"the admin address of B; none = B has none (the original), so its figures are missing"`
	AdminAddr      string           `env:"ADMIN_ADDR" envDefault:":5002" validate:"listenaddr" help:"metrics, health, profiles and reports of A"`
	Concurrency    int              `env:"CONCURRENCY" envDefault:"127" validate:"min=1,max=1000000" help:"requests in flight; in the open loop, at most this many"`
	Requests       int64            `env:"REQUESTS" envDefault:"2000" validate:"min=0,max=1000000000000" help:"the run ends after this many requests; 0 = no limit"`
	Duration       time.Duration    `env:"DURATION" envDefault:"0s" validate:"min=0s,max=8760h" help:"the run ends after this time; 0s = no limit; if REQUESTS is 0 too, it runs until stopped"`
	Rate           float64          `env:"RATE" envDefault:"0" validate:"min=0,max=1000000" help:"requests per second, whether replies come or not (open loop); 0 = a new request for each reply (closed loop)"`
	Warmup         time.Duration    `env:"WARMUP" envDefault:"0s" validate:"min=0s,max=8760h" help:"time at the start of a run that is not measured"`
	RequestTimeout time.Duration    `env:"REQUEST_TIMEOUT" envDefault:"3s" validate:"min=1ms,max=1h" help:"how long A waits for a reply"`
	BusyBackoff    time.Duration    `env:"BUSY_BACKOFF" envDefault:"3s" validate:"min=1ms,max=1h" help:"pause after a busy reply without Retry-After (service B always sends one)"`
	GoalFailed     settings.Percent `env:"GOAL_FAILED" envDefault:"1%" validate:"min=0,max=100" help:"share of the requests that may fail; if more fail, A exits with status 4"`
	ImageURL       string           `env:"IMAGE_URL" envDefault:"http://www.pyimagesearch.com/wp-content/uploads/2015/01/google_logo.png" validate:"weburl" help:"the url in each request"`
	ReportDir      string           `env:"REPORT_DIR" envDefault:"none" help:"directory for the JSON report of each run, which A also serves at ADMIN_ADDR; none = no report"`
	AfterRun       string           `env:"AFTER_RUN" envDefault:"exit" validate:"oneof=exit serve" help:"when a run ends by itself: exit, or serve its metrics and reports until stopped"`
	DashboardURL   string           `env:"DASHBOARD_URL" envDefault:"none" validate:"eq=none|weburl" help:"the dashboard's URL for a browser; A prints it"`
	ReportURL      string           `env:"REPORT_URL" envDefault:"none" validate:"eq=none|weburl" help:"ADMIN_ADDR's URL for a browser; with AFTER_RUN=serve, A prints a link to the report"`
}

// parseConfig reads the environment. Its error names every bad variable, one per line.
func parseConfig(environ []string) (c config, err error) {
	err = settings.Parse(environ, &c)
	return c, err
}

// Check implements settings.Checker.
func (c *config) Check() settings.Errors {
	if info, err := os.Stat(c.ReportDir); c.ReportDir != none && err == nil && !info.IsDir() {
		return settings.Errors{{Name: "REPORT_DIR", Value: c.ReportDir, Allowed: "a directory that can be written to, or none"}}
	}
	return nil
}

// settings lists all variables with their values, in the order of the struct.
func (c *config) settings() []measure.Setting {
	var all []measure.Setting
	for f := range settings.Fields(c) {
		value := f.Value()
		switch value.(type) {
		case time.Duration, settings.Percent:
			value = f.Text()
		}
		all = append(all, measure.Setting{Name: f.Variable, Value: value})
	}
	return all
}

// describe says in one line what the run will send.
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

// trial is the configuration of the measured run.
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
