//go:build e2e

package e2e

import (
	"encoding/json"
	"maps"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
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
		// FinishedAt is when it last ended; it stays when the container is started again.
		FinishedAt time.Time
		Health     struct{ Status string }
	}
	Config struct {
		Image      string
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
		Networks map[string]struct{ IPAddress string }
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
	all, err := inspect(strings.Fields(l.compose(t, "ps", "--all", "--quiet"))...)
	if err != nil {
		t.Fatalf("docker inspect: %v", err)
	}
	return all
}

// inspect returns containers by name.
func inspect(ids ...string) (map[string]container, error) {
	out, err := exec.Command("docker", append([]string{"inspect"}, ids...)...).Output()
	if err != nil {
		return nil, err
	}
	var list []container
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, err
	}
	all := map[string]container{}
	for _, c := range list {
		all[c.name()] = c
	}
	return all, nil
}

// running returns the containers of a service that run now, by name.
func (l *lab) running(service string) (map[string]container, error) {
	out, err := exec.Command("docker", "ps", "--quiet", "--filter", "status=running",
		"--filter", "label=com.docker.compose.project="+l.project, "--filter", "label=com.docker.compose.service="+service).Output()
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return inspect(strings.Fields(string(out))...)
}

// replicas are those of B that run now, by name.
func (l *lab) replicas(t *testing.T) map[string]container {
	t.Helper()
	all, err := l.running("service-b")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// traffic returns a function that looks up the addresses where B listens, though not at every call.
func (l *lab) traffic() func() []string {
	var mu sync.Mutex
	var known []string
	var at time.Time
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(at) < 200*time.Millisecond {
			return known
		}
		all, _ := l.running("service-b") // of containers that come and go
		known = known[:0:0]
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if address := l.address(all[name], "5000"); address != "" {
				known = append(known, address)
			}
		}
		at = time.Now()
		return known
	}
}

// address is where this machine reaches a container's port: on the container's own address, because the engine
// ends connections to published ports in a way of its own; or, if it is in a machine of its own, on the published port.
func (l *lab) address(c container, port string) string {
	if ip := c.NetworkSettings.Networks[l.project+"_lab"].IPAddress; l.near(ip) {
		return net.JoinHostPort(ip, port)
	}
	for _, published := range c.NetworkSettings.Ports[port+"/tcp"] {
		return net.JoinHostPort(published.HostIP, published.HostPort)
	}
	return ""
}

// near reports whether this machine has an interface on the container's network.
func (l *lab) near(ip string) bool {
	addr := net.ParseIP(ip)
	all, _ := net.InterfaceAddrs()
	return addr != nil && slices.ContainsFunc(all, func(a net.Addr) bool {
		network, ok := a.(*net.IPNet)
		return ok && network.Contains(addr)
	})
}

// soon is how long to wait for what must happen, however busy the machine is.
const soon = 3 * time.Minute

// poll returns when something holds.
func (l *lab) poll(t *testing.T, otherwise string, holds func() bool) {
	t.Helper()
	for start := time.Now(); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Since(start) > soon {
			t.Fatalf("%s within %v:\n%s", otherwise, soon, l.describe(t))
		}
	}
}

func (l *lab) named(replica string) string { return l.project + "-" + replica }

func (l *lab) docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
