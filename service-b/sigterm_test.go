package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var rounds = flag.Int("sigterm.rounds", 2, "how often TestSIGTERMUnderLoad starts and ends the service")

// TestMain makes the test binary the service itself if that variable is set.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_SERVICE_B") != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is service-b in a separate process.
type process struct {
	*exec.Cmd
	traffic, admin string
	log            strings.Builder
	logged         sync.WaitGroup
}

func startProcess(t *testing.T, variables ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0])}
	p.Env = append(os.Environ(), append([]string{"TEST_AS_SERVICE_B=1", "LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0"}, variables...)...)
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	lines := bufio.NewReader(stderr)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	p.traffic, p.admin = attribute(first, "traffic"), attribute(first, "admin")
	p.logged.Go(func() { _, _ = io.Copy(&p.log, lines) })
	return p
}

func attribute(line, name string) string {
	if m := regexp.MustCompile(name + `=(\S+)`).FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// tally is what clients saw: replies by status, and calls without a reply.
type tally struct {
	mu        sync.Mutex
	replies   map[int]int
	unread    int // the connection ended before any byte of a reply
	refused   int // no connection could be made
	broken    int // the reply was cut short
	completed sync.WaitGroup
}

// client sends one request after another, and ends when it can no longer connect.
func (l *tally) client(address string) {
	var conn net.Conn
	var replies *bufio.Reader
	for {
		if conn == nil {
			var err error
			if conn, err = net.Dial("tcp", address); err != nil {
				l.note(func() { l.refused++ })
				return
			}
			replies = bufio.NewReader(conn)
		}
		if !l.call(conn, replies) {
			_ = conn.Close()
			conn = nil
		}
	}
}

// call makes one request, and reports whether the connection can serve another.
func (l *tally) call(conn net.Conn, replies *bufio.Reader) bool {
	_, err := fmt.Fprintf(conn, "POST /testB HTTP/1.1\r\nHost: b\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	if err == nil {
		_, err = replies.Peek(1)
	}
	if err != nil {
		l.note(func() { l.unread++ })
		return false
	}
	response, err := http.ReadResponse(replies, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if err != nil {
		l.note(func() { l.broken++ })
		return false
	}
	l.note(func() { l.replies[response.StatusCode]++ })
	if response.StatusCode == http.StatusServiceUnavailable {
		time.Sleep(time.Second) // the least that Retry-After asks for
	}
	return !response.Close
}

func (l *tally) note(what func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	what()
}

func (l *tally) served() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.replies[http.StatusOK]
}

// TestSIGTERMUnderLoad stops the service while 128 clients saturate it, and compares the replies that they
// saw with those that it claims to have sent. Requests without a reply have not been admitted: B waits only a second
// for clients that do not know yet that it is stopping, and a busy machine may take longer to run them.
func TestSIGTERMUnderLoad(t *testing.T) {
	for round := range *rounds {
		partial := []string{"fail", "flush"}[round%2]
		p := startProcess(t, "AI_BATCH_COST=1ms", "AI_ITEM_COST=50us", "PARTIAL_BATCH="+partial)
		seen := &tally{replies: map[int]int{}}
		for range 128 {
			seen.completed.Go(func() { seen.client(p.traffic) })
		}
		for seen.served() == 0 { // however busy this machine is
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(200+50*(round%7)) * time.Millisecond) // time under load; not measured
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		seen.completed.Wait()
		p.logged.Wait()
		if err := p.Wait(); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		seen.compare(t, round, p.log.String())
	}
}

func (l *tally) compare(t *testing.T, round int, log string) {
	t.Logf("round %d: replies %v, unread %d, refused %d, broken %d", round, l.replies, l.unread, l.refused, l.broken)
	count := func(outcome string) int {
		n, err := strconv.Atoi(attribute(log[strings.LastIndex(log, "msg=stopped")+1:], outcome))
		if err != nil {
			t.Fatalf("no count of %s in %s", outcome, log)
		}
		return n
	}
	if l.broken > 0 {
		t.Errorf("%d replies were cut short", l.broken)
	}
	if l.replies[200] == 0 {
		t.Error("nothing was served")
	}
	for status, outcomes := range map[int][]string{200: {"ok"}, 504: {"incomplete"}, 503: {"busy", "draining"}, 499: {"canceled"}, 500: {"failed"}} {
		answered := 0
		for _, o := range outcomes {
			answered += count(o)
		}
		if l.replies[status] != answered {
			t.Errorf("%d replies of status %d arrived, %d were sent", l.replies[status], status, answered)
		}
	}
}

func TestConnectionWithoutARequestDoesNotKeepItFromEnding(t *testing.T) {
	p := startProcess(t, "AI_MODEL=noop")
	for _, sent := range []string{"", "POST /testB HTTP/1.1\r\nHo", "POST /testB HTTP/1.1\r\nHost: b\r\nContent-Length: 9\r\n\r\n{"} {
		conn, err := net.Dial("tcp", p.traffic)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.logged.Wait()
	if err := p.Wait(); err != nil {
		t.Errorf("%v: %s", err, p.log.String())
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := startProcess(t, "BATCH_SIZE=1", "AI_WORKERS=1", "AI_BATCH_COST=1m", "SHUTDOWN_TIMEOUT=1h")
	go send(t.Context(), http.MethodPost, "http://"+p.traffic+"/testB", body)
	for {
		if r := send(t.Context(), http.MethodGet, "http://"+p.admin+"/metrics", ""); strings.Contains(r.raw, "batcher_ai_in_flight 1") {
			break
		}
	}
	ended := make(chan struct{})
	go func() { p.logged.Wait(); close(ended) }()
	for running := true; running; { // once the first has been noticed, the next ends it
		_ = p.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
			running = false
		case <-time.After(20 * time.Millisecond):
		}
	}
	_ = p.Wait()
	if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("ended by %v", p.ProcessState)
	}
}
