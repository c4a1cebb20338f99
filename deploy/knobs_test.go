package deploy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// notKnobs are the variables of the two services that docker-compose.yml and deploy/local set
// themselves: addresses and run lengths.
var notKnobs = []string{
	"LISTEN_ADDR", "ADMIN_ADDR", "TARGET_URL", "TARGET_ADMIN_URL", "DASHBOARD_URL", "MODE", "REQUESTS", "DURATION", "REPORT_DIR",
}

// TestEveryDefaultIsWrittenTheSameEverywhere compares .env and the README's tables with what the
// services do when a variable is not set.
func TestEveryDefaultIsWrittenTheSameEverywhere(t *testing.T) {
	env, readme := readEnv(t), readmeTables(t)
	inUse := map[string]bool{}
	for _, service := range []string{"service-a", "service-b"} {
		for name, value := range structTags(t, "../"+service+"/config.go") {
			inUse[name] = true
			if !slices.Contains(readme[name], value) {
				t.Errorf("%s of %s is %q by default, the README says %q", name, service, value, readme[name])
			}
			if slices.Contains(notKnobs, name) {
				if _, there := env[name]; there {
					t.Errorf("%s is in .env, and no knob", name)
				}
			} else if got, there := env[name]; !there || got != value {
				t.Errorf("%s is %q by default, .env says %q (there: %v)", name, value, got, there)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(readme)) {
		port, isPort := env[name]
		switch {
		case inUse[name]:
		case !isPort:
			t.Errorf("%s is in the README, and nobody reads it", name)
		case !slices.Contains(readme[name], port):
			t.Errorf("%s is %q in .env, the README says %q", name, port, readme[name])
		}
	}
	for name := range env {
		if readme[name] == nil {
			t.Errorf("%s is in .env, and not in the README", name)
		}
	}
}

// readmeTables returns the defaults by variable from all rows `| `NAME` | default | ...`; two
// services may each have a variable of the same name.
func readmeTables(t *testing.T) map[string][]string {
	t.Helper()
	defaults := map[string][]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (\\S+) \\| .+ \\|$").FindAllStringSubmatch(read(t, "../README.md"), -1) {
		defaults[m[1]] = append(defaults[m[1]], m[2])
	}
	return defaults
}

// structTags returns the defaults by variable of a service's configuration.
func structTags(t *testing.T, file string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	defaults := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok || field.Tag == nil {
			return true
		}
		text, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		tag := reflect.StructTag(text)
		if name := tag.Get("env"); name != "" {
			defaults[name] = tag.Get("envDefault")
		}
		return true
	})
	if len(defaults) < 10 {
		t.Fatalf("only %d variables in %s", len(defaults), file)
	}
	return defaults
}
