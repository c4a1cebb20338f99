//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestLabWithoutDocker asks the dashboard's questions of a Prometheus on PATH, that the lab without
// Docker starts with the repository's own configuration.
func TestLabWithoutDocker(t *testing.T) {
	for _, program := range []string{"prometheus", "node_exporter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not on PATH", program)
		}
	}
	p := startLocal(t)
	p.eventually(t, 60*time.Second, `count(up == 1) == 4 unless count(up == 0)`)
	p.eventually(t, 30*time.Second, `sum(job_instance_outcome:requests:rate5s{outcome="ok"}) > 0`)
	time.Sleep(10 * time.Second)
	panelsHaveData(t, p)
	marksHaveData(t, p)
	panelsAgree(t, p)
}

// startLocal runs deploy/local until the test ends.
func startLocal(t *testing.T) *prometheus {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "local")
	if out, err := exec.Command("go", "build", "-o", binary, "batchlab/deploy/local").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	port := freePorts(t, 4)
	lab := exec.Command(binary, "-prometheus", "-forever")
	lab.Dir = root
	lab.Env = append(os.Environ(),
		fmt.Sprint("PROMETHEUS_PORT=", port), fmt.Sprint("SERVICE_B_PORTS=", port+1),
		fmt.Sprint("SERVICE_B_ADMIN_PORTS=", port+2), fmt.Sprint("SERVICE_A_ADMIN_PORTS=", port+3))
	var output bytes.Buffer
	lab.Stdout, lab.Stderr = &output, &output
	if err := lab.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- lab.Wait() }()
	t.Cleanup(func() {
		_ = lab.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil {
			t.Errorf("the lab ended with %v:\n%s", err, output.String())
		}
	})
	p := &prometheus{url: fmt.Sprintf("http://127.0.0.1:%d", port), describe: func(*testing.T) string { return "" }}
	for start := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		if _, err := p.tryQuery(t, "up"); err == nil {
			return p
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the lab ended with %v:\n%s", err, output.String())
		default:
		}
		if time.Since(start) > 2*time.Minute {
			t.Fatal("Prometheus does not answer")
		}
	}
}
