// Package settings fills structs from environment variables, and applies changes given as a JSON object.
//
// A field's tags are the only place that describes it:
//
//	BatchSize int `env:"BATCH_SIZE" envDefault:"10" validate:"min=1,ltefield=QueueLimit" json:"batch_size" help:"requests per call"`
//
// env and envDefault are those of caarlos0/env. validate takes min, max, ltefield, oneof and eq of
// go-playground/validator and the rules of rules.go; error messages put these into words. A field with a
// json tag (its variable in lower case) can be changed while the service runs.
package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/caarlos0/env/v10"
	"github.com/go-playground/validator/v10"
)

// Checker is implemented by a struct with rules that tags cannot express.
type Checker interface {
	// Check returns what is wrong. It is called even if some fields break the rules of their tags.
	Check() Errors
}

// Parse fills structs, given as pointers, from environ ("NAME=value"). An empty variable counts as
// unset. Unknown variables are ignored. Its error is an Errors.
func Parse(environ []string, structs ...any) error {
	given := env.ToMap(environ)
	maps.DeleteFunc(given, func(name, value string) bool { return name == "" || value == "" }) // env gives "" to fields without a tag
	var problems Errors
	for _, s := range structs {
		err := env.ParseWithOptions(s, env.Options{Environment: given})
		unparsed, err := unparsedFields(err)
		if err != nil {
			return err
		}
		problems = append(problems, check(s, unparsed, given)...)
	}
	return problems.orNil()
}

// unparsedFields names the fields whose variables env could not convert.
func unparsedFields(err error) (names []string, other error) {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return nil, err
	}
	for _, one := range all.Errors {
		if parse, ok := errors.AsType[env.ParseError](one); ok {
			names = append(names, parse.Name)
		} else {
			other = errors.Join(other, one)
		}
	}
	return names, other
}

// Patch sets the members of body, a JSON object, in structs, given as pointers: all, or none if it returns an Errors.
func Patch(body []byte, structs ...any) error {
	changed := Copies(structs...)
	if err := patch(body, changed); err != nil {
		return err
	}
	for i, s := range structs {
		reflect.ValueOf(s).Elem().Set(reflect.ValueOf(changed[i]).Elem())
	}
	return nil
}

func patch(body []byte, structs []any) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return Errors{{Name: "body", Value: excerpt(body), Allowed: `a JSON object of settings, such as {"batch_size": 20}`}}
	}
	var problems Errors
	var keys []string
	given := map[string]string{}
	for _, s := range structs {
		var unparsed []string
		for f := range Fields(s) {
			if f.Key == "" {
				continue
			}
			keys = append(keys, f.Key)
			if value, ok := members[f.Key]; ok {
				given[f.Variable] = excerpt(value)
				if string(value) == "null" || f.set(value) != nil {
					unparsed = append(unparsed, f.name)
				}
				delete(members, f.Key)
			}
		}
		for _, p := range check(s, unparsed, given) { // a setting's JSON name is its variable in lower case
			problems = append(problems, Error{strings.ToLower(p.Name), p.Value, strings.ToLower(p.Allowed)})
		}
	}
	slices.Sort(keys)
	for _, name := range slices.Sorted(maps.Keys(members)) { // no field took these
		problems = append(problems, Error{name, excerpt(members[name]), "one of the settings " + strings.Join(keys, ", ")})
	}
	return problems.orNil()
}

// excerpt shows a JSON value as written in the environment: a string without its quotes.
func excerpt(value []byte) string {
	const most = 60
	var text *string
	if json.Unmarshal(value, &text) != nil || text == nil {
		text = new(string(value))
	}
	if len(*text) > most {
		return strings.ToValidUTF8((*text)[:most], "") + "..."
	}
	return *text
}

// check returns the problems of s, unparsed fields included, in the order of its fields.
func check(s any, unparsed []string, given map[string]string) (problems Errors) {
	rejected := rejectedFields(s, unparsed)
	for f := range Fields(s) {
		if !slices.Contains(rejected, f.name) {
			continue
		}
		value, ok := given[f.Variable]
		if !ok {
			value = f.Text()
		}
		problems = append(problems, Error{f.Variable, value, allowed(f, reflect.ValueOf(s).Elem(), rejected)})
	}
	if checker, ok := s.(Checker); ok {
		for _, p := range checker.Check() {
			if !slices.ContainsFunc(problems, func(known Error) bool { return known.Name == p.Name }) {
				problems = append(problems, p)
			}
		}
	}
	return problems
}

// rejectedFields adds the fields that break a rule to the unparsed ones. No field is compared with a rejected one.
func rejectedFields(s any, unparsed []string) []string {
	rejected := slices.Clone(unparsed)
	for f := range Fields(s) {
		if !utf8.ValidString(f.value.String()) { // metric labels and JSON cannot hold it
			rejected = append(rejected, f.name)
		}
	}
	invalid, _ := errors.AsType[validator.ValidationErrors](newValidator(s).Struct(s))
	var compared validator.ValidationErrors
	for _, e := range invalid {
		if e.Tag() == comparison {
			compared = append(compared, e)
		} else {
			rejected = append(rejected, e.StructField())
		}
	}
	for _, e := range compared {
		if !slices.Contains(rejected, e.Param()) {
			rejected = append(rejected, e.StructField())
		}
	}
	return rejected
}

// JSON returns the fields that Patch can change as one flat JSON object.
func JSON(structs ...any) json.RawMessage {
	var b bytes.Buffer
	separator := "{"
	for f := range Fields(structs...) {
		if f.Key == "" {
			continue
		}
		fmt.Fprintf(&b, "%s%q:%s", separator, f.Key, f.json())
		separator = ","
	}
	b.WriteString("}")
	return b.Bytes()
}

// Copies returns pointers to copies of structs, given as pointers.
func Copies(structs ...any) []any {
	copies := make([]any, len(structs))
	for i, s := range structs {
		v := reflect.New(reflect.TypeOf(s).Elem())
		v.Elem().Set(reflect.ValueOf(s).Elem())
		copies[i] = v.Interface()
	}
	return copies
}

// Error describes one wrong setting.
type Error struct {
	Name    string // of the variable, or of the member in a Patch
	Value   string
	Allowed string
}

// Error names the setting, its value and what is allowed.
func (e Error) Error() string {
	return fmt.Sprintf("%s is %q; allowed: %s", e.Name, e.Value, e.Allowed)
}

// Errors are all wrong settings, in the order of their declaration.
type Errors []Error

// Error has a line for each setting.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

func (e Errors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
