package main

import (
	"bufio"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// service-a sees a terminal, may write to it in the background even under `stty tostop`, and does not get the
// signal of the key.
func TestOnATerminal(t *testing.T) {
	keys, terminal := openTerminal(t)
	l := newLab(t, []string{"-forever"})
	l.cmd.Stdin, l.cmd.Stdout, l.cmd.Stderr = terminal, terminal, terminal
	l.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(t, l.cmd.Start())
	must(t, terminal.Close())
	screen := bufio.NewScanner(keys) // ends when the last process on the terminal has
	for screen.Scan() && screen.Text() != "service-a runs" {
	}
	_, err := keys.WriteString("\x03")
	must(t, err)
	var rest []string
	for screen.Scan() {
		rest = append(rest, screen.Text())
	}
	l.wantStatus(exitCode(l.cmd), 0)
	l.wantEvents(
		"service-b: started",
		"service-a: started, service-b is ready: true",
		"service-a: terminated",
		"service-a: ends, service-b is ready: true",
		"service-b: terminated",
	)
	if l.kept("service-a.stdout") != "terminal" || !strings.HasSuffix(strings.Join(rest, "\n"), "summary") {
		t.Errorf("service-a's stdout was a %s, and showed %q", l.kept("service-a.stdout"), rest)
	}
}

// openTerminal returns the two ends of a new terminal that stops background processes which write to it.
func openTerminal(t *testing.T) (keys, terminal *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	must(t, unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	must(t, err)
	terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	mode, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	must(t, err)
	mode.Lflag |= unix.TOSTOP
	must(t, unix.IoctlSetTermios(int(terminal.Fd()), unix.TCSETS, mode))
	return keys, terminal
}

// No process is left over when the lab has no time to end them.
func TestLabIsKilled(t *testing.T) {
	l := newLab(t, []string{"-forever"}, "FAKE_A=stays")
	l.start()
	l.awaitLine("service-a runs")
	b, err := net.Dial("tcp", "127.0.0.1:"+l.ports["SERVICE_B_ADMIN_PORTS"])
	must(t, err)
	defer func() { _ = b.Close() }()
	must(t, l.cmd.Process.Kill())
	l.wait()                                           // for the end of service-a, which holds stdout
	if n, err := b.Read(make([]byte, 1)); err == nil { // for the end of service-b, which holds the connection
		t.Errorf("service-b sent %d bytes", n)
	}
	l.wantEvents("service-b: started", "service-a: started, service-b is ready: true")
}
