package settings

import (
	"errors"
	"reflect"
	"testing"
)

// A body is accepted or rejected as a whole. An error names a setting once. Accepted values can be written into
// the environment.
func FuzzPatch(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"size": 20, "wait": "3ms", "lap": "90s", "policy": "flush", "result": true}`, `{"size": 900, "limit": 0}`,
		`{"lap": "1h1ns", "wait": ".5us"}`, `{"size": null}`, `{"policy": "\u0000"}`, `{"size": 5, "size": 6}`, `[]`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var o outer
		if err := Parse(nil, &o); err != nil {
			t.Fatal(err)
		}
		before := o
		err := Patch(body, &o)
		if err != nil {
			problems, ok := errors.AsType[Errors](err)
			named := map[string]bool{}
			for _, p := range problems {
				if named[p.Name] || p.Allowed == "" {
					t.Errorf("named twice, or without what is allowed: %v", p)
				}
				named[p.Name] = true
			}
			if !ok || !reflect.DeepEqual(o, before) {
				t.Errorf("%v, and the settings are %+v", err, o)
			}
			return
		}
		var environ []string
		for f := range Fields(&o) {
			environ = append(environ, f.Variable+"="+f.Text())
		}
		var again outer
		if err := Parse(environ, &again); err != nil || !reflect.DeepEqual(o, again) {
			t.Errorf("%+v is %+v in the environment (%v)", o, again, err)
		}
	})
}
