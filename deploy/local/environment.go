package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

// environment holds variables by name.
type environment map[string]string

// callerEnvironment is environ, as os.Environ gives it, by name.
func callerEnvironment(environ []string) environment {
	caller := make(environment, len(environ))
	for _, variable := range environ {
		// A name may begin with "=" on Windows.
		if name, value, ok := strings.Cut(variable, "="); ok && name != "" {
			caller[name] = value
		}
	}
	return caller
}

// readDotEnv reads file with the reader of docker compose, so that a line means the same in both.
// A file that is not there is an empty one, as it is for docker compose.
func readDotEnv(file string, caller environment) (environment, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return dotenv.GetEnvFromFile(caller, []string{file})
}

// over returns the variables of both; where both have one, that of e counts.
func (e environment) over(below environment) environment {
	both := make(environment, len(e)+len(below))
	maps.Copy(both, below)
	maps.Copy(both, e)
	return both
}

// unlessSetIn leaves out what other sets. An empty variable counts as unset.
func (e environment) unlessSetIn(other environment) environment {
	unset := make(environment, len(e))
	for name, value := range e {
		if other[name] == "" {
			unset[name] = value
		}
	}
	return unset
}

// list is what exec.Cmd takes, in order of the names.
func (e environment) list() []string {
	variables := make([]string, 0, len(e))
	for _, name := range slices.Sorted(maps.Keys(e)) {
		variables = append(variables, fmt.Sprintf("%s=%s", name, e[name]))
	}
	return variables
}
