package settings

import (
	"fmt"
	"strings"
)

// Problem is one setting that is wrong.
type Problem struct {
	Name    string // of the variable, or in a Patch of the member
	Value   string
	Allowed string
}

// Problems are all settings that are wrong, in the order in which they are declared.
type Problems []Problem

// Error names each setting, its value and what is allowed, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = fmt.Sprintf("%s is %q; allowed: %s", one.Name, one.Value, one.Allowed)
	}
	return strings.Join(lines, "\n")
}

func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// naming turns names of variables into those that the reader knows.
type naming func(Problems) Problems

func environmentNames(p Problems) Problems { return p }

// jsonNames relies on a setting's JSON name being its variable in lower case.
func jsonNames(p Problems) Problems {
	for i := range p {
		p[i].Name, p[i].Allowed = strings.ToLower(p[i].Name), strings.ToLower(p[i].Allowed)
	}
	return p
}
