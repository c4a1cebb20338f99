package api

import (
	"strings"
	"time"
)

// ConfigPath is the path of the configuration on the admin port, for GET and PATCH.
const ConfigPath = "/config"

// Config is what GET /config returns: one flat JSON object. PATCH /config takes any part of it. The
// object also holds the settings of B's model; a client that decodes into Config ignores them. The
// tags are the only place for a setting's variable, default and range.
type Config struct {
	BatchSize    int      `env:"BATCH_SIZE" envDefault:"10" json:"batch_size" validate:"min=1,ltefield=QueueLimit" help:"requests per call of the model; at most QUEUE_LIMIT"`
	BatchTimeout Duration `env:"BATCH_TIMEOUT" envDefault:"1s" json:"batch_timeout" validate:"min=1ms,max=1h" help:"how long a batch may stay short, counted from the arrival of its first request"`
	PartialBatch string   `env:"PARTIAL_BATCH" envDefault:"fail" json:"partial_batch" validate:"oneof=fail flush" help:"what happens to a batch that is short at BATCH_TIMEOUT: fail answers 504, flush runs it short"`
	QueueLimit   int      `env:"QUEUE_LIMIT" envDefault:"800" json:"queue_limit" validate:"min=1,max=1000000" help:"requests that may wait; B rejects the rest as busy (503)"`
	AIWorkers    int      `env:"AI_WORKERS" envDefault:"0" json:"ai_workers" validate:"min=0,max=1024" help:"concurrent calls of the model; 0 = one per processor"`
}

// ConfigPatch is the body of PATCH /config as service-a sends it. A nil field leaves the setting as it is.
type ConfigPatch struct {
	BatchSize  *int `json:"batch_size,omitempty"`
	QueueLimit *int `json:"queue_limit,omitempty"`
	AIWorkers  *int `json:"ai_workers,omitempty"`
}

// Duration is a time.Duration that JSON and environment variables write as "1m30s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// String writes microseconds in ASCII, as people type them.
func (d Duration) String() string { return strings.Replace(time.Duration(d).String(), "µ", "u", 1) }
