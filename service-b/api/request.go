package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Request is the body of POST /testB.
type Request struct {
	TS  Millis // when the client sent it, since the Unix epoch
	URL string // absolute http or https URL of the model's input

	// tsLiteral is ts as the client wrote it, kept only if TS cannot hold it exactly.
	tsLiteral string
}

// FieldError names the invalid field of a request; Field is "body" if the body itself is invalid.
type FieldError struct{ Field, Problem string }

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// AppendJSON appends the request as A sends it, in the byte format of the original client.
func (r Request) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"ts": `...)
	dst = r.TS.AppendJSON(dst)
	dst = append(dst, `, "url": `...)
	dst = appendString(dst, r.URL)
	return append(dst, '}')
}

// DecodeRequest decodes and validates a request. The body must be UTF-8, unknown fields included. Apart from
// that they are ignored. Field names are case-sensitive. Every error is a *FieldError. The result shares no memory with body.
func DecodeRequest(body []byte) (Request, error) {
	if r, ok := decodePlainRequest(body); ok {
		return r, nil
	}
	return decodeAnyRequest(body)
}

// decodePlainRequest decodes what real clients send, several times faster than encoding/json. It never
// rejects a request: it leaves anything unusual to decodeAnyRequest.
func decodePlainRequest(body []byte) (r Request, ok bool) {
	var hasTS, hasURL bool
	s := scanner{rest: body}
	for s.next() {
		switch string(s.key) {
		case "ts":
			if hasTS || s.isString {
				return Request{}, false
			}
			if r.TS, hasTS = parsePlainMillis(s.value); !hasTS {
				return Request{}, false
			}
		case "url":
			if hasURL || !s.isString || !isPlainURL(s.value) {
				return Request{}, false
			}
			r.URL, hasURL = string(s.value), true
		}
	}
	return r, s.ok && hasTS && hasURL
}

func decodeAnyRequest(body []byte) (Request, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return Request{}, bodyError(body, err)
	}
	if fields == nil {
		return Request{}, &FieldError{"body", "null, want a JSON object"}
	}
	if !utf8.Valid(body) { // encoding/json would replace the wrong bytes
		return Request{}, notUTF8(fields)
	}
	var r Request
	var err error
	if r.TS, r.tsLiteral, err = decodeTS(fields["ts"]); err != nil {
		return Request{}, err
	}
	if r.URL, err = decodeURL(fields["url"]); err != nil {
		return Request{}, err
	}
	return r, nil
}

func bodyError(body []byte, err error) error {
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &FieldError{"body", fmt.Sprintf("a JSON %s, want an object", wrongType.Value)}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return &FieldError{"body", `empty, want {"ts": ..., "url": ...}`}
	}
	return &FieldError{"body", "not valid JSON: " + err.Error()}
}

func notUTF8(fields map[string]json.RawMessage) error {
	for _, field := range []string{"ts", "url"} {
		if !utf8.Valid(fields[field]) {
			return &FieldError{field, "not valid UTF-8"}
		}
	}
	return &FieldError{"body", "not valid UTF-8"}
}

func decodeTS(raw json.RawMessage) (m Millis, literal string, err error) {
	const want = "want a number of milliseconds since the Unix epoch"
	if raw == nil {
		return m, "", &FieldError{"ts", "missing, " + want}
	}
	var n float64
	if raw[0] == 'n' || json.Unmarshal(raw, &n) != nil {
		return m, "", &FieldError{"ts", excerpt(raw) + ", " + want}
	}
	m, ok := millisOf(n)
	if !ok {
		return m, "", &FieldError{"ts", fmt.Sprintf("%s, want a number from -%d to %[2]d", excerpt(raw), maxMillis)}
	}
	if m.Fraction && float64(m.Micros)/1000 != n {
		literal = string(raw)
	}
	return m, literal, nil
}

func decodeURL(raw json.RawMessage) (string, error) {
	const want = "want an absolute http or https URL"
	if raw == nil {
		return "", &FieldError{"url", "missing, " + want}
	}
	var s string
	if raw[0] == 'n' || json.Unmarshal(raw, &s) != nil || !IsURL(s) {
		return "", &FieldError{"url", excerpt(raw) + ", " + want}
	}
	return s, nil
}

// IsURL reports whether s is an absolute http or https URL with a host. It refuses U+FFFD, which stands for
// text that was lost: encoding/json puts it in place of half a surrogate pair (\ud800).
func IsURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && !strings.ContainsRune(s, utf8.RuneError) && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// isPlainURL accepts a subset of IsURL without parsing: a host of letters, digits, dots and hyphens,
// without port or user, then only characters that RFC 3986 allows anywhere in a path or query.
func isPlainURL(s []byte) bool {
	rest, ok := bytes.CutPrefix(s, []byte("http://"))
	if !ok {
		if rest, ok = bytes.CutPrefix(s, []byte("https://")); !ok {
			return false
		}
	}
	host, path, _ := bytes.Cut(rest, []byte("/"))
	return len(host) > 0 && allIn(host, "") && allIn(path, "/_~=&+,;?")
}

// allIn reports whether s has only letters, digits, dots, hyphens and the extra characters.
func allIn(s []byte, extra string) bool {
	for _, c := range s {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-':
		case strings.IndexByte(extra, c) >= 0:
		default:
			return false
		}
	}
	return true
}

// excerpt shortens client input for quoting in an error.
func excerpt(raw json.RawMessage) string {
	const most = 60
	if len(raw) > most {
		return strings.ToValidUTF8(string(raw[:most]), "") + "..."
	}
	return string(raw)
}

func appendString(dst []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string always marshals
	return append(dst, quoted...)
}
