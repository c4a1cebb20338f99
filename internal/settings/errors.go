package settings

import (
	"fmt"
	"strings"
)

// Error is one setting that is wrong.
type Error struct {
	Name    string // of the variable, or in a Patch of the member
	Value   string
	Allowed string
}

// Error names the setting, its value and what is allowed.
func (e Error) Error() string {
	return fmt.Sprintf("%s is %q; allowed: %s", e.Name, e.Value, e.Allowed)
}

// Errors are all settings that are wrong, in the order in which they are declared.
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
