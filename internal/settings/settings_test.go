package settings

import (
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// lap is a named duration type, like the one in service-b/api.
type lap time.Duration

func (l lap) String() string                { return time.Duration(l).String() }
func (l lap) MarshalText() ([]byte, error)  { return []byte(l.String()), nil }
func (l *lap) UnmarshalText(b []byte) error { return (*durationText)(l).parse(b) }

type durationText lap

func (d *durationText) parse(b []byte) error {
	parsed, err := time.ParseDuration(string(b))
	*d = durationText(parsed)
	return err
}

type Inner struct {
	Size  int `env:"SIZE" envDefault:"10" json:"size" validate:"min=1,ltefield=Limit" help:"per batch"`
	Limit int `env:"LIMIT" envDefault:"800" json:"limit" validate:"min=1,max=1000"`
	Lap   lap `env:"LAP" envDefault:"1s" json:"lap" validate:"min=1ms,max=1h"`
}

type outer struct {
	Addr   string        `env:"ADDR" envDefault:":5000" validate:"listenaddr"`
	Target string        `env:"TARGET" envDefault:"http://b/x" validate:"target,path"`
	Admin  string        `env:"ADMIN" envDefault:"none" validate:"eq=none|target"`
	Image  string        `env:"IMAGE" envDefault:"https://example.com" validate:"weburl"`
	Policy string        `env:"POLICY" envDefault:"fail" json:"policy" validate:"oneof=fail flush eager"`
	Rate   float64       `env:"RATE" envDefault:"0" validate:"min=0,max=1000"`
	Count  int64         `env:"COUNT" envDefault:"2000" validate:"min=0"`
	Wait   time.Duration `env:"WAIT" envDefault:"200us" json:"wait" validate:"min=0s,max=1m"`
	Result bool          `env:"RESULT" envDefault:"false" json:"result"`
	Level  slog.Level    `env:"LEVEL" envDefault:"info"`
	Note   string        `env:"NOTE" envDefault:"none"`
	Pause  time.Duration `env:"PAUSE" envDefault:"0s" validate:"min=0s,max=1m"`
	Share  Percent       `env:"SHARE" envDefault:"1%" validate:"min=0,max=100"`

	Inner
}

func (o *outer) Check() Errors {
	if o.Policy == "eager" && o.Rate > 0 {
		return Errors{{"POLICY", o.Policy, "fail or flush with a RATE"}}
	}
	return nil
}

type other struct {
	Cost time.Duration `env:"COST" envDefault:"2ms" json:"cost" validate:"min=0s,max=1m"`
}

func TestDefaults(t *testing.T) {
	var o outer
	var second other
	if err := Parse([]string{"SIZE=", "UNKNOWN=x", "COST=3ms"}, &o, &second); err != nil { // empty counts as unset
		t.Fatal(err)
	}
	want := outer{Addr: ":5000", Target: "http://b/x", Admin: "none", Image: "https://example.com", Policy: "fail",
		Note: "none", Share: 1, Count: 2000, Wait: 200 * time.Microsecond, Inner: Inner{10, 800, lap(time.Second)}}
	if !reflect.DeepEqual(o, want) || second.Cost != 3*time.Millisecond {
		t.Errorf("got %+v and %+v", o, second)
	}
}

func TestParseNamesEveryBadVariable(t *testing.T) {
	for _, tt := range []struct {
		environ string
		want    []string
	}{
		{"SIZE=ten", []string{`SIZE is "ten"; allowed: a whole number from 1 to LIMIT (800)`}},
		{"SIZE=0", []string{`SIZE is "0"; allowed: a whole number from 1 to LIMIT (800)`}},
		{"SIZE=20 LIMIT=10", []string{`SIZE is "20"; allowed: a whole number from 1 to LIMIT (10)`}},
		{"LIMIT=5", []string{`SIZE is "10"; allowed: a whole number from 1 to LIMIT (5)`}},
		{"LIMIT=many", []string{`LIMIT is "many"; allowed: a whole number from 1 to 1000`}}, // SIZE cannot be judged
		{"LIMIT=1001", []string{`LIMIT is "1001"; allowed: a whole number from 1 to 1000`}},
		{"LAP=2h", []string{`LAP is "2h"; allowed: a duration from 1ms to 1h, such as 1s`}},
		{"LAP=1", []string{`LAP is "1"; allowed: a duration from 1ms to 1h, such as 1s`}},
		{"LAP=1us", []string{`LAP is "1us"; allowed: a duration from 1ms to 1h, such as 1s`}},
		{"WAIT=-1s", []string{`WAIT is "-1s"; allowed: a duration from 0s to 1m, such as 200us`}},
		{"WAIT=61s", []string{`WAIT is "61s"; allowed: a duration from 0s to 1m, such as 200us`}},
		{"RATE=NaN", []string{`RATE is "NaN"; allowed: a number from 0 to 1000`}},
		{"RATE=-1", []string{`RATE is "-1"; allowed: a number from 0 to 1000`}},
		{"COUNT=-1", []string{`COUNT is "-1"; allowed: a whole number, at least 0`}},
		{"COUNT=99999999999999999999", []string{`COUNT is "99999999999999999999"; allowed: a whole number, at least 0`}},
		{"POLICY=drop", []string{`POLICY is "drop"; allowed: fail, flush or eager`}},
		{"POLICY=eager RATE=1", []string{`POLICY is "eager"; allowed: fail or flush with a RATE`}},
		{"ADDR=5000", []string{`ADDR is "5000"; allowed: host:port or :port`}},
		{"ADDR=:", []string{`ADDR is ":"; allowed: host:port or :port`}},
		{"ADDR=:99999", []string{`ADDR is ":99999"; allowed: host:port or :port`}},
		{"TARGET=http://b", []string{`TARGET is "http://b"; allowed: an http:// URL with a path, such as http://b/x`}},
		{"TARGET=https://b/x", []string{`TARGET is "https://b/x"; allowed: an http:// URL with a path, such as http://b/x`}},
		{"TARGET=http://me:word@b/x", []string{`TARGET is "http://me:word@b/x"; allowed: an http:// URL with a path, such as http://b/x`}},
		{"TARGET=http://b:99999/x", []string{`TARGET is "http://b:99999/x"; allowed: an http:// URL with a path, such as http://b/x`}},
		{"ADMIN=b:1", []string{`ADMIN is "b:1"; allowed: none or an http:// URL`}},
		{"IMAGE=/logo.png", []string{`IMAGE is "/logo.png"; allowed: an absolute http or https URL, such as https://example.com`}},
		{"IMAGE=http://:80", []string{`IMAGE is "http://:80"; allowed: an absolute http or https URL, such as https://example.com`}},
		{"RESULT=maybe", []string{`RESULT is "maybe"; allowed: true or false`}},
		{"LEVEL=loud", []string{`LEVEL is "loud"; allowed: debug, info, warn or error`}},
		{"COST=x SIZE=x ADDR=x POLICY=x", []string{`ADDR is "x"`, `POLICY is "x"`, `SIZE is "x"`, `COST is "x"; allowed: a duration from 0s to 1m, such as 2ms`}},
		{"POLICY=eager RATE=1 LIMIT=0", []string{`LIMIT is "0"`, `POLICY is "eager"`}},
		{"LIMIT=0 SIZE=900", []string{`LIMIT is "0"; allowed: a whole number from 1 to 1000`}}, // nor here
		{"LIMIT=many SIZE=0", []string{`SIZE is "0"; allowed: a whole number from 1 to LIMIT`, `LIMIT is "many"`}},
		{"TARGET=http://b:0/x", []string{`TARGET is "http://b:0/x"; allowed: an http:// URL with a path, such as http://b/x`}},
		{"IMAGE=http://b/\xff", []string{`IMAGE is "http://b/\xff"; allowed: an absolute http or https URL, such as https://example.com`}},
		{"NOTE=\xff", []string{`NOTE is "\xff"; allowed: UTF-8 text`}},
		{"PAUSE=5", []string{`PAUSE is "5"; allowed: a duration from 0s to 1m`}}, // 0s would be a poor example
		{"SHARE=0.01", []string{`SHARE is "0.01"; allowed: a percentage from 0% to 100%, such as 1%`}},
		{"SHARE=x%", []string{`SHARE is "x%"; allowed: a percentage from 0% to 100%, such as 1%`}},
		{"SHARE=%", []string{`SHARE is "%"; allowed: a percentage from 0% to 100%, such as 1%`}},
		{"SHARE=NaN%", []string{`SHARE is "NaN%"; allowed: a percentage from 0% to 100%, such as 1%`}},
		{"SHARE=-0.1%", []string{`SHARE is "-0.1%"; allowed: a percentage from 0% to 100%, such as 1%`}},
		{"SHARE=100.1%", []string{`SHARE is "100.1%"; allowed: a percentage from 0% to 100%, such as 1%`}},
	} {
		err := Parse(strings.Fields(tt.environ), &outer{}, &other{})
		var lines []string
		if err != nil {
			lines = strings.Split(err.Error(), "\n")
		}
		if !slices.EqualFunc(lines, tt.want, strings.HasPrefix) || len(lines) == 1 && lines[0] != tt.want[0] {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.environ, lines, tt.want)
		}
	}
}

// The words follow the rules, even if there is only one limit.
func TestAllowed(t *testing.T) {
	type odd struct {
		Least   int     `env:"LEAST" envDefault:"1" validate:"min=1"`
		Most    float64 `env:"MOST" envDefault:"1" validate:"max=5"`
		Other   int     `env:"OTHER" envDefault:"1" validate:"ltefield=Least"`
		Unknown int     `env:"UNKNOWN" envDefault:"2" validate:"gt=1,ne=7"`
	}
	err := Parse([]string{"LEAST=x", "MOST=x", "OTHER=x", "UNKNOWN=7"}, &odd{})
	want := `LEAST is "x"; allowed: a whole number, at least 1
MOST is "x"; allowed: a number, at most 5
OTHER is "x"; allowed: a whole number, at most LEAST
UNKNOWN is "7"; allowed: gt=1 ne=7 a whole number`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		text, shown string
		want        Percent
	}{{"0%", "0%", 0}, {"0.5%", "0.5%", 0.5}, {"1.0%", "1%", 1}, {"100%", "100%", 100}} {
		var o outer
		if err := Parse([]string{"SHARE=" + tt.text}, &o); err != nil || o.Share != tt.want || o.Share.String() != tt.shown {
			t.Errorf("%s: %g, shown as %s (%v); want %g and %s", tt.text, float64(o.Share), o.Share, err, float64(tt.want), tt.shown)
		}
	}
}

func TestPatch(t *testing.T) {
	read := func() (*outer, *other) {
		var o outer
		var second other
		if err := Parse(nil, &o, &second); err != nil {
			t.Fatal(err)
		}
		return &o, &second
	}
	for _, tt := range []struct{ body, want, err string }{
		{`{}`, `{"policy":"fail","wait":"200us","result":false,"size":10,"limit":800,"lap":"1s","cost":"2ms"}`, ""},
		{`{"size": 20, "wait": "3ms", "lap": "90s", "policy": "flush", "result": true, "cost": "0s"}`,
			`{"policy":"flush","wait":"3ms","result":true,"size":20,"limit":800,"lap":"1m30s","cost":"0s"}`, ""},
		{`{"size": 900, "limit": 1000}`, `{"policy":"fail","wait":"200us","result":false,"size":900,"limit":1000,"lap":"1s","cost":"2ms"}`, ""},
		{`{"size": 900}`, "", `size is "900"; allowed: a whole number from 1 to limit (800)`},
		{`{"limit": 5}`, "", `size is "10"; allowed: a whole number from 1 to limit (5)`},
		{`{"size": "20"}`, "", `size is "20"; allowed: a whole number from 1 to limit (800)`},
		{`{"size": 5.5}`, "", `size is "5.5"; allowed: a whole number from 1 to limit (800)`},
		{`{"size": ""}`, "", `size is ""; allowed: a whole number from 1 to limit (800)`},
		{`{"lap": ""}`, "", `lap is ""; allowed: a duration`},
		{`{"policy": "a \"b\""}`, "", `policy is "a \"b\""; allowed: fail, flush or eager`},
		{`{"size": [` + strings.Repeat("1,", 1000) + `1]}`, "", `size is "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1..."; allowed`},
		{`{"limit": 0}`, "", `limit is "0"; allowed: a whole number from 1 to 1000`},
		{`{"size": 0, "limit": "x"}`, "", "size is \"0\"; allowed: a whole number from 1 to limit\nlimit is \"x\""},
		{`{"size": 5} x`, "", `body is "{\"size\": 5} x"`},
		{`{"size": null}`, "", `size is "null"; allowed: a whole number from 1 to limit (800)`},
		{`{"wait": 5}`, "", `wait is "5"; allowed: a duration from 0s to 1m, such as 200us`},
		{`{"lap": 5}`, "", `lap is "5"; allowed: a duration from 1ms to 1h, such as 1s`},
		{`{"lap": "soon", "cost": "2m"}`, "", "lap is \"soon\"; allowed: a duration from 1ms to 1h, such as 1s\ncost is \"2m\"; allowed: a duration from 0s to 1m, such as 2ms"},
		{`{"SIZE": 5, "addr": ":1"}`, "", "SIZE is \"5\"; allowed: one of the settings cost, lap, limit, policy, result, size, wait\naddr is \":1\"; allowed: one of"},
		{`[]`, "", `body is "[]"; allowed: a JSON object of settings, such as {"batch_size": 20}`},
		{`null`, "", `body is "null"`},
		{``, "", `body is ""`},
	} {
		o, second := read()
		before := string(JSON(o, second))
		err := Patch([]byte(tt.body), o, second)
		if got := string(JSON(o, second)); err == nil && got != tt.want || err != nil && got != before {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.body, got, tt.want)
		}
		if (err != nil) != (tt.err != "") || err != nil && !strings.HasPrefix(err.Error(), tt.err) {
			t.Errorf("%s: got %v, want %s", tt.body, err, tt.err)
		}
	}
}

func TestTargetWithASpaceIsRefused(t *testing.T) {
	for _, target := range []string{"http://b/x?q=a b", "http://b/a b"} {
		if err := Parse([]string{"TARGET=" + target}, &outer{}); err == nil {
			t.Errorf("%q is accepted: its space would end the request line's target", target)
		}
	}
}

// Only a duration has a unit.
func TestTextOfMicro(t *testing.T) {
	o := outer{Note: "/tmp/µ", Wait: 1500 * time.Nanosecond}
	for f := range Fields(&o) {
		if f.Variable == "NOTE" && f.Text() != "/tmp/µ" || f.Variable == "WAIT" && f.Text() != "1.5us" {
			t.Errorf("%s is %s", f.Variable, f.Text())
		}
	}
	if err := Parse([]string{"WAIT", "=C:=x", ""}, &o); err != nil { // what an environment can hold on other systems
		t.Error(err)
	}
}

func TestFieldsNameTheirTags(t *testing.T) {
	var names []string
	for f := range Fields(&outer{}, &other{}) {
		names = append(names, f.Variable)
		if f.Variable == "SIZE" && (f.Key != "size" || f.Default != "10" || f.Help != "per batch" || f.Text() != "0") {
			t.Errorf("got %+v", f)
		}
	}
	if want := strings.Fields("ADDR TARGET ADMIN IMAGE POLICY RATE COUNT WAIT RESULT LEVEL NOTE PAUSE SHARE SIZE LIMIT LAP COST"); !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
}
