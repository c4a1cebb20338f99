//go:build unix

package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The first signal stops sending, and A waits for the requests in flight. The second ends the process at once.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	asked := make(chan struct{}, 10)
	target := start(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // after this, the server notices when the client disconnects
		asked <- struct{}{}
		<-r.Context().Done()
	})
	var out screen
	cmd := exec.Command(os.Args[0])
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), "RUN_SERVICE_A=1", "ADMIN_ADDR=127.0.0.1:0", "TARGET_ADMIN_URL=none", "CONCURRENCY=1", "REQUEST_TIMEOUT=1h", "TARGET_URL="+target)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	<-asked
	for signals := 0; ; signals++ { // the first one must have been handled before the next one counts
		if signals > 100 {
			_ = cmd.Process.Kill()
			t.Fatalf("%d signals did not end it", signals)
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			exit, ok := errors.AsType[*exec.ExitError](err)
			if signals == 0 || !ok || exit.Sys().(syscall.WaitStatus).Signal() != os.Interrupt {
				t.Errorf("after %d signals it ended with %v:\n%s", signals+1, err, out.String())
			}
			if strings.Contains(out.String(), "QPS:") {
				t.Errorf("it printed a summary of a run that had not ended:\n%s", out.String())
			}
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
}
