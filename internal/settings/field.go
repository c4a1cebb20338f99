package settings

import (
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"time"
)

// Field is one variable of a struct.
type Field struct {
	Variable string // in the environment
	Key      string // in JSON; "" for a field that cannot be changed while the service runs
	Default  string
	Help     string

	name  string // of the struct's field
	tag   reflect.StructTag
	value reflect.Value
}

// Value is the field's value.
func (f Field) Value() any { return f.value.Interface() }

// Text is the field's value as written in the environment; microseconds are "us", as people type them.
func (f Field) Text() string {
	text := fmt.Sprint(f.Value())
	if isDuration(f.Value()) {
		text = strings.Replace(text, "µ", "u", 1)
	}
	return text
}

// set takes a JSON value. A time.Duration is a string in JSON, like every other duration.
func (f Field) set(value json.RawMessage) error {
	duration, ok := reflect.TypeAssert[*time.Duration](f.value.Addr())
	if !ok {
		return json.Unmarshal(value, f.value.Addr().Interface())
	}
	var text string
	err := json.Unmarshal(value, &text)
	if err == nil {
		*duration, err = time.ParseDuration(text)
	}
	return err
}

func (f Field) json() json.RawMessage {
	value := f.Value()
	if _, ok := value.(time.Duration); ok {
		value = f.Text()
	}
	body, _ := json.Marshal(value) // numbers, strings and text marshalers
	return body
}

// Fields yields the variables of structs, given as pointers, in the order in which they are declared.
func Fields(structs ...any) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for _, s := range structs {
			v := reflect.ValueOf(s).Elem()
			for _, f := range reflect.VisibleFields(v.Type()) {
				variable, ok := f.Tag.Lookup("env")
				if !ok {
					continue
				}
				if !yield(Field{variable, f.Tag.Get("json"), f.Tag.Get("envDefault"), f.Tag.Get("help"), f.Name, f.Tag, v.FieldByIndex(f.Index)}) {
					return
				}
			}
		}
	}
}
