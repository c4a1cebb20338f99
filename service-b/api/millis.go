package api

import (
	"math"
	"strconv"
	"time"
)

// Millis is a point in time (since the Unix epoch) or a duration as written on the wire: a JSON number
// of milliseconds. It holds whole microseconds, so sums and differences are exact.
type Millis struct {
	Micros int64
	// Fraction means that the number is written with three decimals, not as a whole number.
	Fraction bool
}

// maxMillis is the largest accepted magnitude: beyond 2^53 a JSON number is not an exact integer.
const maxMillis = 1 << 53

// MillisOf returns t, rounded to whole milliseconds unless fraction is set.
func MillisOf(t time.Time, fraction bool) Millis {
	if fraction {
		return Millis{Micros: t.UnixMicro(), Fraction: true}
	}
	return Millis{Micros: t.Add(time.Millisecond/2).UnixMilli() * 1000}
}

// Sub returns m - n, with a fraction if either has one.
func (m Millis) Sub(n Millis) Millis {
	return Millis{Micros: m.Micros - n.Micros, Fraction: m.Fraction || n.Fraction}
}

// Duration converts m.
func (m Millis) Duration() time.Duration { return time.Duration(m.Micros) * time.Microsecond }

// AppendJSON appends m as a JSON number: whole, or with exactly three decimals.
func (m Millis) AppendJSON(dst []byte) []byte {
	if !m.Fraction {
		return strconv.AppendInt(dst, m.Micros/1000, 10)
	}
	whole, frac := m.Micros/1000, m.Micros%1000
	if m.Micros < 0 {
		dst = append(dst, '-')
		whole, frac = -whole, -frac
	}
	dst = strconv.AppendInt(dst, whole, 10)
	return append(dst, '.', byte('0'+frac/100), byte('0'+frac/10%10), byte('0'+frac%10))
}

// millisOf converts a number of milliseconds; ok is false if it is out of range.
func millisOf(ms float64) (m Millis, ok bool) {
	if !(math.Abs(ms) <= maxMillis) {
		return Millis{}, false
	}
	whole, frac := math.Modf(ms)
	micros := int64(whole)*1000 + int64(math.Round(frac*1000))
	return Millis{Micros: micros, Fraction: frac != 0}, true
}
