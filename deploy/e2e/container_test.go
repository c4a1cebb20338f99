//go:build e2e

package e2e

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// container is the output of `docker inspect` for one container.
type container struct {
	ID           string
	RestartCount int
	State        struct {
		Status    string
		Pid       int
		ExitCode  int
		StartedAt time.Time
		Health    struct{ Status string }
	}
	Config struct {
		User       string
		Entrypoint []string
		Labels     map[string]string
	}
	HostConfig struct {
		ReadonlyRootfs bool
		Privileged     bool
		CapAdd         []string
		CapDrop        []string
		SecurityOpt    []string
		Memory         int64
		RestartPolicy  struct{ Name string }
		LogConfig      struct{ Config map[string]string }
	}
	Mounts          []struct{ Type, Source, Destination string }
	NetworkSettings struct {
		Ports    map[string][]struct{ HostIP, HostPort string }
		Networks map[string]any
	}
}

// name is the service and the number of the replica: service-b-1.
func (c container) name() string {
	return c.Config.Labels["com.docker.compose.service"] + "-" + c.Config.Labels["com.docker.compose.container-number"]
}

func (c container) is(service string) bool {
	return c.Config.Labels["com.docker.compose.service"] == service
}

// containers of the lab, stopped ones included, by name.
func (l *lab) containers(t *testing.T) map[string]container {
	t.Helper()
	ids := strings.Fields(l.compose(t, "ps", "--all", "--quiet"))
	out, err := exec.Command("docker", append([]string{"inspect"}, ids...)...).Output()
	if err != nil {
		t.Fatalf("docker inspect: %v", err)
	}
	var list []container
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatal(err)
	}
	all := map[string]container{}
	for _, c := range list {
		all[c.name()] = c
	}
	return all
}
