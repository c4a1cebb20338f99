package deploy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// notInEnv are the variables of the two services that docker-compose.yml and deploy/local set
// themselves: addresses, and how long a run lasts.
var notInEnv = []string{
	"LISTEN_ADDR", "ADMIN_ADDR", "TARGET_URL", "TARGET_ADMIN_URL", "DASHBOARD_URL", "MODE", "REPORT_DIR", "REPORT_URL", "REQUESTS", "DURATION", "AFTER_RUN",
}

// A variable is declared once, by the tags of a struct field. The documents must say the same.
func TestEveryVariableIsDocumented(t *testing.T) {
	env, comments, readme, compose := readEnv(t), envComments(t), read(t, "../README.md"), read(t, composeFile)
	for _, service := range []string{"service-a", "service-b"} {
		for name, tag := range settings(t, "../"+service) {
			standard, help := tag.Get("envDefault"), tag.Get("help")
			if help == "" {
				t.Errorf("%s of %s has no help tag", name, service)
			}
			if row := "| `" + name + "` | " + standard + " | " + help + " |"; !strings.Contains(readme, row+"\n") {
				t.Errorf("README.md lacks this row of %s:\n%s", service, row)
			}
			value, isKnob := env[name]
			switch {
			case slices.Contains(notInEnv, name):
				if isKnob {
					t.Errorf("%s is in .env, though docker-compose.yml and deploy/local set it", name)
				}
			case !isKnob || value != standard || comments[name] != help:
				t.Errorf(".env lacks these two lines of %s:\n# %s\n%s=%s", service, help, name, standard)
			}
			if line := name + ": ${" + name + ":-" + standard + "}"; !slices.Contains(notInEnv, name) && !strings.Contains(compose, line+"\n") {
				t.Errorf("docker-compose.yml lacks this line in the environment of %s:\n      %s", service, line)
			}
		}
	}
}

// No document has a variable that no service reads.
func TestEveryDocumentedVariableIsRead(t *testing.T) {
	env := readEnv(t)
	known := settings(t, "../service-a")
	maps.Copy(known, settings(t, "../service-b"))
	compose := read(t, composeFile)
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (\\S+) \\| .+ \\|$").FindAllStringSubmatch(read(t, "../README.md"), -1) {
		name, standard := m[1], m[2]
		if _, ok := known[name]; ok {
			continue
		}
		if value, ok := env[name]; !ok || value != standard {
			t.Errorf("README.md has %s with default %s, .env has %q", name, standard, value)
		}
	}
	for name := range env {
		if _, ok := known[name]; !ok && !strings.Contains(compose, "${"+name+":-") {
			t.Errorf("%s is in .env, and nobody reads it", name)
		}
	}
}

// envComments returns the line above each variable of .env.
func envComments(t *testing.T) map[string]string {
	t.Helper()
	comments := map[string]string{}
	lines := strings.Split(read(t, envFile), "\n")
	for i, line := range lines {
		if name, _, ok := strings.Cut(line, "="); ok && i > 0 && !strings.HasPrefix(line, "#") {
			comments[name] = strings.TrimPrefix(lines[i-1], "# ")
		}
	}
	return comments
}

// settings returns the tags of all fields below dir that are variables.
func settings(t *testing.T, dir string) map[string]reflect.StructTag {
	t.Helper()
	found := map[string]reflect.StructTag{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				text, _ := strconv.Unquote(field.Tag.Value) // cannot fail: it was parsed
				if name := reflect.StructTag(text).Get("env"); name != "" {
					found[name] = reflect.StructTag(text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || len(found) < 10 {
		t.Fatalf("%d variables below %s (%v)", len(found), dir, err)
	}
	return found
}
