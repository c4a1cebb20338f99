package main

import (
	"log/slog"
	"math"
	"strings"
	"time"

	"batchlab/internal/cpulimit"
	"batchlab/internal/settings"
	"batchlab/service-b/api"
	"batchlab/service-b/batch"
	"batchlab/service-b/model"
)

// config is the environment of service-b.
type config struct {
	ListenAddr string `env:"LISTEN_ADDR" envDefault:":5000" validate:"listenaddr" help:"traffic"`
	AdminAddr  string `env:"ADMIN_ADDR" envDefault:":5001" validate:"listenaddr" help:"metrics, health, configuration and profiles"`

	api.Config

	AIModel         string        `env:"AI_MODEL" envDefault:"simulated" help:"the model: simulated (a fixed amount of arithmetic) or noop (no work: only HTTP and batching remain)"`
	AITimeout       time.Duration `env:"AI_TIMEOUT" envDefault:"10s" validate:"min=1ms,max=1h" help:"how long one call of the model may take; after that its requests fail (500)"`
	MaxBodyBytes    int64         `env:"MAX_BODY_BYTES" envDefault:"65536" validate:"min=64,max=67108864" help:"largest request body; larger ones are refused (413)"`
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"10s" validate:"min=0s,max=1h" help:"how long B may take at shutdown to answer the requests it admitted"`
	LogLevel        slog.Level    `env:"LOG_LEVEL" envDefault:"info" help:"lowest level to log: debug, info, warn or error"`

	models []any // the settings of each model, in the order of model.Table
}

// Check implements settings.Checker.
func (c *config) Check() (problems settings.Errors) {
	if c.AdminAddr == c.ListenAddr && !strings.HasSuffix(c.AdminAddr, ":0") {
		problems = append(problems, settings.Error{Name: "ADMIN_ADDR", Value: c.AdminAddr, Allowed: "another address than LISTEN_ADDR's"})
	}
	var names []string
	for _, kind := range model.Table() {
		if kind.Name == c.AIModel {
			return problems
		}
		names = append(names, kind.Name)
	}
	return append(problems, settings.Error{Name: "AI_MODEL", Value: c.AIModel, Allowed: strings.Join(names, " or ")})
}

// loadConfig reads the environment, given as NAME=value. Its error names every wrong variable.
func loadConfig(environ []string) (config, error) {
	var c config
	for _, kind := range model.Table() {
		c.models = append(c.models, kind.Settings())
	}
	err := settings.Parse(environ, c.structs()...)
	return c, err
}

// structs are all parts of the configuration.
func (c *config) structs() []any { return append([]any{c}, c.models...) }

// changeable are the parts that PATCH /config can change.
func (c *config) changeable() []any { return append([]any{&c.Config}, c.models...) }

// kind returns the model that AI_MODEL names, and picks its settings out of those of all models.
func (c *config) kind(models []any) (kind model.Kind, chosen any) {
	for i, kind := range model.Table() {
		if kind.Name == c.AIModel {
			return kind, models[i]
		}
	}
	panic("AI_MODEL was not checked: " + c.AIModel)
}

// batching is the configuration of the batcher.
func (c *config) batching(current api.Config) batch.Config {
	return batch.Config{
		Size:        current.BatchSize,
		Timeout:     time.Duration(current.BatchTimeout),
		Partial:     batch.Policy(current.PartialBatch),
		QueueLimit:  current.QueueLimit,
		Workers:     workers(current.AIWorkers, cpulimit.Cores()),
		CallTimeout: c.AITimeout,
	}
}

// workers replaces 0 by one per processor that B may use. GOMAXPROCS is at least 2 on a larger machine, even if the CPU
// limit is lower: two workers would then use up the limit early in each period, and stand still for the rest of it.
func workers(set int, cores float64) int {
	if set > 0 {
		return set
	}
	return int(math.Ceil(cores))
}
