package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"
	"go.yaml.in/yaml/v3"
)

// composeService is what the lab takes over from a service of docker-compose.yml, so that it is written
// down once.
type composeService struct {
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Volumes     []string          `yaml:"volumes"` // source:target[:mode]
}

// readCompose returns the services by name, with their ${VARIABLES} put in as docker compose does.
func readCompose(file string, vars environment) (map[string]composeService, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var compose struct {
		Services map[string]composeService `yaml:"services"`
	}
	if err := yaml.Unmarshal(text, &compose); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for name, service := range compose.Services {
		if err := service.substitute(vars); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, name, err)
		}
	}
	return compose.Services, nil
}

func (s composeService) substitute(vars environment) (err error) {
	lookup := func(name string) (string, bool) { value, ok := vars[name]; return value, ok }
	for i := range s.Command {
		if s.Command[i], err = template.Substitute(s.Command[i], lookup); err != nil {
			return err
		}
	}
	for name, value := range s.Environment {
		if s.Environment[name], err = template.Substitute(value, lookup); err != nil {
			return err
		}
	}
	return nil
}

// hostPath returns where a path inside the container is in the repository, if a volume brings it from there.
func (s composeService) hostPath(root repository, path string) string {
	for _, volume := range s.Volumes {
		parts := strings.Split(volume, ":")
		if len(parts) < 2 || !strings.HasPrefix(parts[0], ".") {
			continue
		}
		source, target := parts[0], parts[1]
		if rest, ok := strings.CutPrefix(path, target); ok && (rest == "" || rest[0] == '/') {
			return root.path(source, rest)
		}
	}
	return path
}
