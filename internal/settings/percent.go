package settings

import (
	"fmt"
	"strconv"
	"strings"
)

// Percent is a percentage, written with its sign: 0.5%. 1 is 1 %.
type Percent float64

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Percent) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "%")
	if !ok {
		return fmt.Errorf("%q lacks the %% sign", text) // 0.01 may mean 1 % or 0.01 %
	}
	value, err := strconv.ParseFloat(number, 64)
	*p = Percent(value)
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// String returns the percentage as it is written in the environment.
func (p Percent) String() string { return strconv.FormatFloat(float64(p), 'f', -1, 64) + "%" }
