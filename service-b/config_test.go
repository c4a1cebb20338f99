package main

import (
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"batchlab/internal/cpulimit"
	"batchlab/internal/settings"
	"batchlab/service-b/batch"
	"batchlab/service-b/model"
)

func TestConfigDefaults(t *testing.T) {
	c, err := loadConfig([]string{"BATCH_SIZE=", "AI_MODEL="}) // empty counts as unset
	if err != nil {
		t.Fatal(err)
	}
	want := batch.Config{Size: 10, Timeout: time.Second, Partial: batch.Fail, QueueLimit: 800, Workers: workers(0, cpulimit.Cores()), CallTimeout: 10 * time.Second}
	if got := c.batching(c.Config); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if c.ListenAddr != ":5000" || c.AdminAddr != ":5001" || c.AIModel != "simulated" || c.MaxBodyBytes != 65536 ||
		c.ShutdownTimeout != 10*time.Second || c.LogLevel != slog.LevelInfo {
		t.Errorf("got %+v", c)
	}
}

func TestWorkersFollowTheCPULimit(t *testing.T) {
	for _, tt := range []struct {
		set   int
		cores float64
		want  int
	}{
		{0, 8, 8}, {0, 2.5, 3}, {0, 1, 1}, {0, 0.5, 1}, {4, 1, 4},
	} {
		if got := workers(tt.set, tt.cores); got != tt.want {
			t.Errorf("AI_WORKERS=%d on %v cores: %d workers, want %d", tt.set, tt.cores, got, tt.want)
		}
	}
}

// The help of AI_MODEL is what people read: it must name every model.
func TestEveryModelIsInTheHelp(t *testing.T) {
	field, _ := reflect.TypeFor[config]().FieldByName("AIModel")
	for _, kind := range model.Table() {
		if help := field.Tag.Get("help"); !strings.Contains(help, kind.Name) {
			t.Errorf("the help tag of AI_MODEL does not name %s: %s", kind.Name, help)
		}
	}
}

// The models share the environment and PATCH /config with everything else.
func TestEverySettingHasANameOfItsOwn(t *testing.T) {
	c, err := loadConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	changeable := slices.Collect(settings.Fields(c.changeable()...))
	seen := map[string]bool{}
	for f := range settings.Fields(c.structs()...) {
		if isF := func(other settings.Field) bool { return other.Variable == f.Variable }; f.Key != "" && !slices.ContainsFunc(changeable, isF) {
			t.Errorf("%s has a json tag, but PATCH /config cannot change it: move it to api.Config", f.Variable)
		}
		if seen[f.Variable] {
			t.Errorf("two settings have the tag env:%q", f.Variable)
		}
		seen[f.Variable] = true
		if want := strings.ToLower(f.Variable); f.Key != "" && f.Key != want {
			t.Errorf("%s has the tag json:%q, want json:%q: an error of PATCH /config names that", f.Variable, f.Key, want)
		}
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	tests := []struct {
		environ string
		want    []string
	}{
		{"BATCH_SIZE=ten", []string{`BATCH_SIZE is "ten"; allowed: a whole number from 1 to QUEUE_LIMIT (800)`}},
		{"BATCH_SIZE=0", []string{`BATCH_SIZE is "0"; allowed: a whole number from 1 to QUEUE_LIMIT (800)`}},
		{"BATCH_SIZE=801", []string{`BATCH_SIZE is "801"; allowed: a whole number from 1 to QUEUE_LIMIT (800)`}},
		{"BATCH_SIZE=20 QUEUE_LIMIT=10", []string{`BATCH_SIZE is "20"; allowed: a whole number from 1 to QUEUE_LIMIT (10)`}},
		{"BATCH_TIMEOUT=1", []string{`BATCH_TIMEOUT is "1"; allowed: a duration`}},
		{"BATCH_TIMEOUT=0s", []string{`BATCH_TIMEOUT is "0s"`}},
		{"BATCH_TIMEOUT=999us", []string{`BATCH_TIMEOUT is "999us"`}},
		{"BATCH_TIMEOUT=61m QUEUE_LIMIT=1000001 AI_WORKERS=1025", []string{`BATCH_TIMEOUT is "61m"`, `QUEUE_LIMIT is "1000001"`, `AI_WORKERS is "1025"`}},
		{"AI_TIMEOUT=61m SHUTDOWN_TIMEOUT=61m MAX_BODY_BYTES=67108865", []string{`AI_TIMEOUT is "61m"`, `SHUTDOWN_TIMEOUT is "61m"`, `MAX_BODY_BYTES is "67108865"`}},
		{"PARTIAL_BATCH=drop", []string{`PARTIAL_BATCH is "drop"; allowed: fail or flush`}},
		{"QUEUE_LIMIT=0", []string{`QUEUE_LIMIT is "0"`}}, // BATCH_SIZE is not compared with it
		{"AI_WORKERS=-1", []string{`AI_WORKERS is "-1"`}},
		{"AI_MODEL=gpt", []string{`AI_MODEL is "gpt"; allowed: simulated or noop`}},
		{"AI_BATCH_COST=-1ms AI_ITEM_COST=2h", []string{`AI_BATCH_COST is "-1ms"`, `AI_ITEM_COST is "2h"`}},
		{"AI_TIMEOUT=0s", []string{`AI_TIMEOUT is "0s"`}},
		{"MAX_BODY_BYTES=1", []string{`MAX_BODY_BYTES is "1"`}},
		{"SHUTDOWN_TIMEOUT=-1s", []string{`SHUTDOWN_TIMEOUT is "-1s"`}},
		{"LOG_LEVEL=loud", []string{`LOG_LEVEL is "loud"; allowed: debug, info, warn or error`}},
		{"LISTEN_ADDR=5000", []string{`LISTEN_ADDR is "5000"; allowed: host:port or :port`}},
		{"LISTEN_ADDR=:", []string{`LISTEN_ADDR is ":"`}},
		{"LISTEN_ADDR=:5001", []string{`ADMIN_ADDR is ":5001"; allowed: another address than LISTEN_ADDR's`}},
		{"ADMIN_ADDR=:99999", []string{`ADMIN_ADDR is ":99999"`}},
		{"BATCH_SIZE=x AI_WORKERS=y", []string{`BATCH_SIZE is "x"`, `AI_WORKERS is "y"`}},
	}
	for _, tt := range tests {
		_, err := loadConfig(strings.Fields(tt.environ))
		if err == nil {
			t.Errorf("%s: accepted", tt.environ)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(tt.want) {
			t.Errorf("%s: got %q", tt.environ, lines)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %q, want %q", tt.environ, lines, want)
			}
		}
	}
}
