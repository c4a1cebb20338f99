package api_test

import (
	"strings"
	"testing"

	"batchlab/service-b/api"
)

const logo = "http://www.pyimagesearch.com/wp-content/uploads/2015/01/google_logo.png"

func TestDecodeRequest(t *testing.T) {
	tests := []struct {
		name, body string
		want       api.Request
	}{
		{"as the original client sends it", `{"ts": 1700000000123, "url": "` + logo + `"}`, request(1700000000123000, false, logo)},
		{"fraction", `{"ts":1700000000123.456,"url":"http://h/"}`, request(1700000000123456, true, "http://h/")},
		{"a fraction of zero is whole", `{"ts":5.000,"url":"http://h/"}`, request(5000, false, "http://h/")},
		{"exponent", `{"ts":1.7e12,"url":"http://h/"}`, request(1700000000000000, false, "http://h/")},
		{"negative", `{"ts":-1.5,"url":"http://h/"}`, request(-1500, true, "http://h/")},
		{"another order, unknown fields, white space", "\n{ \"x\": {\"y\":[1]}, \"url\" : \"https://h:8080/a?b=%20#c\",\t\"ts\":0 } ", request(0, false, "https://h:8080/a?b=%20#c")},
		{"escapes", `{"ts":1,"url":"http:\/\/h\/\u00e9"}`, request(1000, false, "http://h/é")},
		{"half a surrogate pair in an unknown field", `{"x":"\ud800","ts":1,"url":"http://h/"}`, request(1000, false, "http://h/")},
		{"a surrogate pair", `{"ts":1,"url":"http://h/\ud83d\ude00"}`, request(1000, false, "http://h/😀")},
		{"the last of two equal fields counts", `{"ts":1,"ts":2,"url":"http://h/"}`, request(2000, false, "http://h/")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := api.DecodeRequest([]byte(tt.body))
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func request(micros int64, fraction bool, url string) api.Request {
	return api.Request{TS: api.Millis{Micros: micros, Fraction: fraction}, URL: url}
}

func TestDecodeRequestNamesWhatIsWrong(t *testing.T) {
	tests := []struct{ body, want string }{
		{``, "body: empty"},
		{`{`, "body: not valid JSON"},
		{`{"ts":1,"url":"http://h/"} x`, "body: not valid JSON"},
		{`{'ts':1}`, "body: not valid JSON"},
		{`[]`, "body: a JSON array"},
		{`7`, "body: a JSON number"},
		{`null`, "body: null"},
		{`{}`, "ts: missing"},
		{`{"url":"http://h/"}`, "ts: missing"},
		{`{"TS":1,"url":"http://h/"}`, "ts: missing"},
		{`{"ts":null,"url":"http://h/"}`, "ts: null"},
		{`{"ts":"1","url":"http://h/"}`, `ts: "1"`},
		{`{"ts":true,"url":"http://h/"}`, "ts: true"},
		{`{"ts":01,"url":"http://h/"}`, "body: not valid JSON"},
		{`{"ts":1e999,"url":"http://h/"}`, "ts: 1e999"},
		{`{"ts":9007199254740994,"url":"http://h/"}`, "ts: 9007199254740994, want a number from -9007199254740992 to 9007199254740992"},
		{`{"ts":18446744073709552,"url":"http://h/"}`, "ts: 18446744073709552, want a number from"}, // 384 microseconds modulo 2^64
		{`{"ts":9999999999999999,"url":"http://h/"}`, "ts: 9999999999999999, want a number from"},
		{"{\"a\nb\":1,\"ts\":1,\"url\":\"http://h/\"}", "body: not valid JSON"},
		{`{"ts":1}`, "url: missing"},
		{`{"ts":1,"url":null}`, "url: null"},
		{`{"ts":1,"url":5}`, "url: 5"},
		{`{"ts":1,"url":""}`, `url: ""`},
		{`{"ts":1,"url":"/a"}`, `url: "/a"`},
		{`{"ts":1,"url":"ftp://h/"}`, `url: "ftp://h/"`},
		{`{"ts":1,"url":"http://"}`, `url: "http://"`},
		{`{"ts":1,"url":"http://:80/"}`, `url: "http://:80/"`},
		{"{\"ts\":1,\"url\":\"http://x/\xff\"}", "url: not valid UTF-8"},
		{"{\"ts\":1,\"url\":\"http://x\xff/\"}", "url: not valid UTF-8"},
		{"{\"ts\":1,\"url\":\"http://x/\xed\xa0\x80\"}", "url: not valid UTF-8"}, // a surrogate as bytes
		{"{\"ts\":1,\"url\":\"http://x/\xc0\xaf\"}", "url: not valid UTF-8"},     // an overlong slash
		{"{\"ts\":\"\xff\",\"url\":\"http://x/\"}", "ts: not valid UTF-8"},
		{"{\"x\":\"\xff\",\"ts\":1,\"url\":\"http://x/\"}", "body: not valid UTF-8"},
		{"{\"\xff\":1,\"ts\":1,\"url\":\"http://x/\"}", "body: not valid UTF-8"},
		{"{\"ts\":1,\"url\":\"http://x/\",\"url\":\"http://x/\xff\"}", "url: not valid UTF-8"},
		{"{\"ts\":1,\"url\":\"http://x/\xff\",\"url\":\"http://x/\"}", "body: not valid UTF-8"},
		{"\xff", "body: not valid JSON"},
		{`{"ts":1,"url":"http://x/\ud800"}`, `url: "http://x/\ud800", want an absolute`},
		{`{"ts":1,"url":"http://x/\ude00\ud83d"}`, `url: "http://x/\ude00\ud83d", want an absolute`},
		{`{"ts":1,"url":"http://x/\ufffd"}`, `url: "http://x/\ufffd", want an absolute`},
		{`{"ts":1,"url":"` + strings.Repeat("x", 99) + `"}`, `url: "xxxxx`},
	}
	for _, tt := range tests {
		_, err := api.DecodeRequest([]byte(tt.body))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q...", tt.body, err, tt.want)
		}
	}
}

func TestLongValueIsCutBetweenCharacters(t *testing.T) {
	_, err := api.DecodeRequest([]byte(`{"ts":"` + strings.Repeat("é", 99) + `","url":"http://h/"}`))
	want := `ts: "` + strings.Repeat("é", 29) + "..., want a number of milliseconds since the Unix epoch"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func BenchmarkDecodeRequest(b *testing.B) {
	body := []byte(`{"ts": 1700000000123.456, "url": "` + logo + `"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := api.DecodeRequest(body); err != nil {
			b.Fatal(err)
		}
	}
}
