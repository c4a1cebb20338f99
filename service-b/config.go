package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v10"

	"batchlab/service-b/batch"
	"batchlab/service-b/model"
)

// config is the environment of service-b. An empty variable counts as unset. The allowed tag is
// what an error says when the value cannot be parsed or is out of range.
type config struct {
	// ListenAddr is where requests are answered.
	ListenAddr string `env:"LISTEN_ADDR" envDefault:":5000" allowed:"host:port or :port"`
	// AdminAddr is where metrics, health, configuration and profiles are served.
	AdminAddr string `env:"ADMIN_ADDR" envDefault:":5001" allowed:"host:port or :port"`

	Settings

	// AIModel is what is called once per batch.
	AIModel string `env:"AI_MODEL" envDefault:"simulated" allowed:"noop or simulated"`
	// AITimeout bounds one call; its requests fail then.
	AITimeout duration `env:"AI_TIMEOUT" envDefault:"10s" allowed:"a duration from 1ms to 1h, like 10s"`
	// MaxBodyBytes bounds a request's body; larger ones are refused.
	MaxBodyBytes int64 `env:"MAX_BODY_BYTES" envDefault:"65536" allowed:"a whole number of bytes from 64 to 67108864"`
	// ShutdownTimeout is how long a drain may take; what is not answered by then fails.
	ShutdownTimeout duration `env:"SHUTDOWN_TIMEOUT" envDefault:"10s" allowed:"a duration from 0s to 1h, like 10s"`
	// LogLevel is the least level that is logged, to standard error.
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info" allowed:"debug, info, warn or error"`
}

// Settings are the knobs that PATCH /config can turn while the service runs; their JSON names are
// the variables in lower case.
type Settings struct {
	// BatchSize is the number of requests in a full batch.
	BatchSize int `env:"BATCH_SIZE" envDefault:"10" json:"batch_size" allowed:"a whole number from 1 to QUEUE_LIMIT"`
	// BatchTimeout is how long a batch may stay short, from the arrival of its first request.
	BatchTimeout duration `env:"BATCH_TIMEOUT" envDefault:"1s" json:"batch_timeout" allowed:"a duration from 1ms to 1h, like 1s"`
	// PartialBatch is what becomes of a batch that is short then: its requests fail, or it is run short.
	PartialBatch batch.Policy `env:"PARTIAL_BATCH" envDefault:"fail" json:"partial_batch" allowed:"fail or flush"`
	// QueueLimit is the most requests that may wait for their call; more are refused as busy.
	QueueLimit int `env:"QUEUE_LIMIT" envDefault:"800" json:"queue_limit" allowed:"a whole number from 1 to 1000000"`
	// AIWorkers is the most calls at once.
	AIWorkers int `env:"AI_WORKERS" envDefault:"0" json:"ai_workers" allowed:"a whole number from 0 (one per processor) to 1024"`
	// AIBatchCost is the CPU time of one call of the simulated model, whatever its size.
	AIBatchCost duration `env:"AI_BATCH_COST" envDefault:"2ms" json:"ai_batch_cost" allowed:"a duration from 0s to 1m, like 2ms"`
	// AIItemCost is the CPU time that each request adds to it.
	AIItemCost duration `env:"AI_ITEM_COST" envDefault:"200us" json:"ai_item_cost" allowed:"a duration from 0s to 1m, like 200us"`
}

// duration is written like 1m30s, in the environment and in JSON.
type duration time.Duration

func (d duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

// String writes microseconds in ASCII, as people type them.
func (d duration) String() string { return strings.Replace(time.Duration(d).String(), "µ", "u", 1) }

func (d duration) in(least, most time.Duration) bool {
	return least <= time.Duration(d) && time.Duration(d) <= most
}

// configError names every variable that is wrong.
type configError []problem

func (e configError) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = fmt.Sprintf("%s is %q, allowed is %s", p.variable, p.value, p.allowed)
	}
	return strings.Join(lines, "\n")
}

// inJSONNames says the same of the settings by their JSON names.
func (e configError) inJSONNames() configError {
	renamed := slices.Clone(e)
	for i, p := range renamed {
		renamed[i].variable, renamed[i].allowed = strings.ToLower(p.variable), strings.ToLower(p.allowed)
	}
	return renamed
}

// problem is one variable that is wrong.
type problem struct{ variable, value, allowed string }

// loadConfig reads the environment, given as KEY=value. Its error is a configError.
func loadConfig(environ []string) (config, error) {
	var c config
	variables := env.ToMap(environ)
	if err := env.ParseWithOptions(&c, env.Options{Environment: variables}); err != nil {
		return config{}, parseProblems(err, variables)
	}
	if problems := c.validate(); len(problems) > 0 {
		return config{}, problems
	}
	return c, nil
}

// parseProblems says in terms of variables what the env library says in terms of fields.
func parseProblems(err error, variables map[string]string) error {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return err
	}
	var problems configError
	for _, one := range all.Errors {
		parse, ok := errors.AsType[env.ParseError](one)
		if !ok {
			return err
		}
		field, _ := reflect.TypeFor[config]().FieldByName(parse.Name)
		name := field.Tag.Get("env")
		problems = append(problems, problem{name, variables[name], field.Tag.Get("allowed")})
	}
	return problems
}

func (c config) validate() configError {
	problems := c.Settings.validate()
	check := checker(&problems)
	check(isAddress(c.ListenAddr), "LISTEN_ADDR", c.ListenAddr)
	if check(isAddress(c.AdminAddr), "ADMIN_ADDR", c.AdminAddr) && c.AdminAddr == c.ListenAddr && !strings.HasSuffix(c.AdminAddr, ":0") {
		problems = append(problems, problem{"ADMIN_ADDR", c.AdminAddr, "another address than LISTEN_ADDR's"})
	}
	check(c.AIModel == "noop" || c.AIModel == "simulated", "AI_MODEL", c.AIModel)
	check(c.AITimeout.in(time.Millisecond, time.Hour), "AI_TIMEOUT", c.AITimeout)
	check(64 <= c.MaxBodyBytes && c.MaxBodyBytes <= 64<<20, "MAX_BODY_BYTES", c.MaxBodyBytes)
	check(c.ShutdownTimeout.in(0, time.Hour), "SHUTDOWN_TIMEOUT", c.ShutdownTimeout)
	return problems
}

// validate holds for the environment and for PATCH /config alike.
func (s Settings) validate() configError {
	var problems configError
	check := checker(&problems)
	check(1 <= s.QueueLimit && s.QueueLimit <= 1_000_000, "QUEUE_LIMIT", s.QueueLimit)
	if check(s.BatchSize >= 1, "BATCH_SIZE", s.BatchSize) && s.BatchSize > s.QueueLimit {
		allowed := fmt.Sprintf("at most QUEUE_LIMIT, which is %d", s.QueueLimit)
		problems = append(problems, problem{"BATCH_SIZE", fmt.Sprint(s.BatchSize), allowed})
	}
	check(s.BatchTimeout.in(time.Millisecond, time.Hour), "BATCH_TIMEOUT", s.BatchTimeout)
	check(s.PartialBatch == batch.Fail || s.PartialBatch == batch.Flush, "PARTIAL_BATCH", s.PartialBatch)
	check(0 <= s.AIWorkers && s.AIWorkers <= 1024, "AI_WORKERS", s.AIWorkers)
	check(s.AIBatchCost.in(0, time.Minute), "AI_BATCH_COST", s.AIBatchCost)
	check(s.AIItemCost.in(0, time.Minute), "AI_ITEM_COST", s.AIItemCost)
	return problems
}

// checker returns a function that notes a problem with a variable unless ok, and returns ok.
func checker(problems *configError) func(ok bool, variable string, value any) bool {
	return func(ok bool, variable string, value any) bool {
		if !ok {
			*problems = append(*problems, problem{variable, fmt.Sprint(value), allowedFor(variable)})
		}
		return ok
	}
}

func allowedFor(variable string) string {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[config]()) {
		if field.Tag.Get("env") == variable {
			return field.Tag.Get("allowed")
		}
	}
	panic("no variable " + variable)
}

func isAddress(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// batching is how the batcher is to be set up.
func (c config) batching() batch.Config { return c.Settings.batching(c.AITimeout) }

func (s Settings) batching(aiTimeout duration) batch.Config {
	return batch.Config{
		Size:        s.BatchSize,
		Timeout:     time.Duration(s.BatchTimeout),
		Partial:     s.PartialBatch,
		QueueLimit:  s.QueueLimit,
		Workers:     s.AIWorkers,
		CallTimeout: time.Duration(aiTimeout),
	}
}

func (s Settings) cost() model.Cost {
	return model.Cost{Call: time.Duration(s.AIBatchCost), Item: time.Duration(s.AIItemCost)}
}
