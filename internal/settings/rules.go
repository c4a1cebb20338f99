package settings

import (
	"encoding"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"
)

// rule is one of our own validate tags: what it allows, in words, and its check.
type rule struct {
	words string
	holds func(value string) bool
}

func rules() map[string]rule {
	return map[string]rule{
		"listenaddr": {"host:port or :port", isListenAddr},
		"weburl":     {"an absolute http or https URL", isWebURL},
		"target":     {"an http:// URL", isTarget},
		"path":       {"with a path", hasPath},
	}
}

func isListenAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	return err == nil && isPort(port)
}

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// isTarget accepts what service-a can speak to: plain HTTP, without a login.
func isTarget(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "http" && u.Hostname() != "" && u.User == nil &&
		(u.Port() == "" || isPort(u.Port()) && strings.Trim(u.Port(), "0") != "") &&
		!strings.Contains(s, " ") // it would end the target of the request line
}

func hasPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Path != ""
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// newValidator returns a validator that knows our rules and the named duration types of s.
func newValidator(s any) *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	for name, r := range rules() {
		// The only error is an empty name.
		_ = v.RegisterValidation(name, func(level validator.FieldLevel) bool { return r.holds(level.Field().String()) })
	}
	for f := range Fields(s) {
		_, known := f.Value().(time.Duration) // the validator would convert it forever
		if isDuration(f.Value()) && !known {
			v.RegisterCustomTypeFunc(asDuration, f.Value())
		}
	}
	return v
}

// isDuration reports whether value is a time.Duration or a type derived from it.
func isDuration(value any) bool {
	if _, ok := value.(time.Duration); ok {
		return true
	}
	_, isText := value.(encoding.TextMarshaler)
	return isText && reflect.TypeOf(value).Kind() == reflect.Int64
}

func asDuration(v reflect.Value) any { return time.Duration(v.Int()) }

// comparison is the tag that compares a field with another.
const comparison = "ltefield"

// allowed describes the values that f can have, from its type and validate tag. A rejected field sets no limit.
func allowed(f Field, structure reflect.Value, rejected []string) string {
	var parts []string
	least, most, unit := "", "", ""
	_, isPercent := f.Value().(Percent)
	if isPercent {
		unit = "%"
	}
	for tag := range strings.SplitSeq(f.tag.Get("validate"), ",") {
		name, param, _ := strings.Cut(tag, "=")
		switch name {
		case "min":
			least = param + unit
		case "max":
			most = param + unit
		case comparison:
			other, _ := structure.Type().FieldByName(param)
			most = other.Tag.Get("env")
			if !slices.Contains(rejected, param) {
				most += fmt.Sprintf(" (%v)", structure.FieldByIndex(other.Index))
			}
		case "":
		default:
			parts = append(parts, words(name, tag, param))
		}
	}
	if kind := kindOf(f.Value()); kind != "" {
		parts = append(parts, kind+span(least, most))
	}
	if parts == nil {
		return "UTF-8 text"
	}
	text := strings.Join(parts, " ")
	if isPercent || isDuration(f.Value()) && f.Default != "0s" || strings.Contains(text, "URL") && f.Default != "none" {
		text += ", such as " + f.Default
	}
	return text
}

// words says what a tag such as weburl, oneof=fail flush or eq=none|target allows.
func words(name, tag, param string) string {
	alternatives := strings.Split(tag, "|")
	if name == "oneof" {
		alternatives = strings.Fields(param)
	}
	for i, alternative := range alternatives {
		alternatives[i] = strings.TrimPrefix(alternative, "eq=")
		if r, ok := rules()[alternative]; ok { // the other tags have no words yet
			alternatives[i] = r.words
		}
	}
	last := len(alternatives) - 1
	return strings.TrimPrefix(strings.Join(alternatives[:last], ", ")+" or "+alternatives[last], " or ")
}

// kindOf names the type of a value; "" for text, which its rules describe.
func kindOf(value any) string {
	switch kind := reflect.TypeOf(value).Kind(); {
	case reflect.TypeOf(value) == reflect.TypeFor[slog.Level]():
		return "debug, info, warn or error"
	case isDuration(value):
		return "a duration"
	case reflect.TypeOf(value) == reflect.TypeFor[Percent]():
		return "a percentage"
	case kind == reflect.Float64:
		return "a number"
	case kind == reflect.Bool:
		return "true or false"
	case kind == reflect.String:
		return ""
	}
	return "a whole number"
}

func span(least, most string) string {
	switch {
	case least != "" && most != "":
		return " from " + least + " to " + most
	case least != "":
		return ", at least " + least
	case most != "":
		return ", at most " + most
	}
	return ""
}
