package api

// scanner iterates over the members of a flat JSON object of plain values: numbers, and ASCII strings
// without escapes. At anything else it stops with ok unset, and encoding/json must decide. It never
// accepts what encoding/json rejects; FuzzDecodeRequest checks that.
type scanner struct {
	rest     []byte
	key      []byte
	value    []byte
	isString bool
	ok       bool // the whole object was read, with nothing after it
	started  bool
}

// next advances to the next member and reports whether there is one.
func (s *scanner) next() bool {
	if !s.started {
		s.started = true
		if !s.take('{') {
			return false
		}
	} else if !s.take(',') {
		s.ok = s.take('}') && len(s.skipSpace()) == 0
		return false
	}
	var ok bool
	if s.key, ok = s.plainString(); !ok || !s.take(':') {
		return false
	}
	if s.value, s.isString = s.plainString(); s.isString {
		return true
	}
	s.value, ok = s.number()
	return ok
}

func (s *scanner) skipSpace() []byte {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\t' || s.rest[0] == '\r') {
		s.rest = s.rest[1:]
	}
	return s.rest
}

func (s *scanner) take(c byte) bool {
	if rest := s.skipSpace(); len(rest) == 0 || rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) plainString() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for i, c := range s.rest {
		if c == '"' {
			text := s.rest[:i]
			s.rest = s.rest[i+1:]
			return text, true
		}
		if c < 0x20 || c >= 0x80 || c == '\\' {
			break
		}
	}
	s.rest = nil // truncated or not plain: the caller's attempt at a number must fail too
	return nil, false
}

// number takes a JSON number without an exponent.
func (s *scanner) number() ([]byte, bool) {
	text := s.skipSpace()
	i := 0
	if i < len(text) && text[i] == '-' {
		i++
	}
	whole := digits(text[i:])
	if whole == 0 || (whole > 1 && text[i] == '0') {
		return nil, false
	}
	i += whole
	if i < len(text) && text[i] == '.' {
		frac := digits(text[i+1:])
		if frac == 0 {
			return nil, false
		}
		i += 1 + frac
	}
	s.rest = text[i:]
	return text[:i], true
}

func digits(text []byte) int {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}

// parsePlainMillis converts a literal from number if a float64 holds all its digits exactly.
func parsePlainMillis(literal []byte) (m Millis, ok bool) {
	text, negative := literal, false
	if text[0] == '-' {
		text, negative = text[1:], true
	}
	whole := digits(text)
	if whole > 15 || len(text) > whole+4 {
		return Millis{}, false
	}
	for _, c := range text[:whole] {
		m.Micros = m.Micros*10 + int64(c-'0')
	}
	frac := text[min(whole+1, len(text)):]
	for i := range 3 {
		m.Micros *= 10
		if i < len(frac) {
			m.Micros += int64(frac[i] - '0')
		}
	}
	if m.Micros > 1<<53 {
		return Millis{}, false
	}
	m.Fraction = m.Micros%1000 != 0
	if negative {
		m.Micros = -m.Micros
	}
	return m, true
}
