//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// Two figures agree if they differ by at most this many points or percent, whichever is more, in one of three windows.
const (
	parityWindow  = 20 * time.Second
	parityPoints  = 3.0
	parityPercent = 3.0
)

// parity is one figure over the same window, by top and by the dashboard.
type parity struct {
	figure         string
	top, dashboard float64
}

func (p parity) difference() float64 { return math.Abs(p.top - p.dashboard) }

func (p parity) agrees() bool {
	return p.difference() <= max(parityPoints, p.top*parityPercent/100)
}

// topAgrees compares top's %CPU of the services and its header with the panels' own expressions.
func (l *lab) topAgrees(t *testing.T) {
	pids := l.processes(t)
	if _, err := exec.LookPath("top"); err != nil || runtime.GOOS != "linux" {
		t.Skip("there is no top that sees containers")
	}
	inOneWindow(t, func() (differ []string) {
		screen := readTop(t, parityWindow)
		for name, pid := range pids {
			if _, seen := screen.cpu[pid]; !seen {
				t.Skipf("top does not see the process %d of %s: the engine runs in a machine of its own", pid, name)
			}
		}
		table := l.compare(t, screen, pids)
		t.Logf("%v ending %s\n%s", parityWindow, screen.end.Format("15:04:05"), printed(table))
		for _, p := range table {
			if !p.agrees() {
				differ = append(differ, fmt.Sprintf("%s: top and the dashboard differ by more than %v points and %v %%", p.figure, parityPoints, parityPercent))
			}
		}
		return differ
	})
}

// processes are the ids of the services' first processes as the host counts them.
func (l *lab) processes(t *testing.T) map[string]int {
	t.Helper()
	pids := map[string]int{}
	for name, c := range l.containers(t) {
		if c.is("service-a") || c.is("service-b") {
			pids[name] = c.State.Pid
		}
	}
	return pids
}

func (l *lab) compare(t *testing.T, screen topScreen, pids map[string]int) []parity {
	t.Helper()
	p := prometheus{url: l.url, at: screen.end}
	of := func(panel, legend string) float64 {
		return p.value(t, panelExpr(t, panel, legend, fmt.Sprintf("%ds", int(parityWindow.Seconds()))))
	}
	var table []parity
	for _, name := range slices.Sorted(maps.Keys(pids)) {
		service := name[:strings.LastIndex(name, "-")]
		table = append(table, parity{service, screen.cpu[pids[name]], of("CPU of each process", service+" {{instance}}")})
	}
	for _, mode := range []string{"us", "sy", "ni", "id", "wa", "hi", "si", "st"} {
		table = append(table, parity{mode, screen.header[mode], of("CPU of the host", mode)})
	}
	return table
}

func printed(table []parity) string {
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\ttop\tdashboard\tdifference\t\t")
	for _, p := range table {
		mark := ""
		if !p.agrees() {
			mark = "too much"
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%s\t\n", p.figure, p.top, p.dashboard, p.difference(), mark)
	}
	_ = w.Flush() // into memory
	return text.String()
}

// topScreen is the second screen of top: what happened since the first.
type topScreen struct {
	end    time.Time
	header map[string]float64 // us, sy, ...
	cpu    map[int]float64    // %CPU by process
}

func readTop(t *testing.T, window time.Duration) topScreen {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), window+30*time.Second)
	defer cancel()
	top := exec.CommandContext(ctx, "top", "-b", "-n", "2", "-d", fmt.Sprint(window.Seconds()), "-w", "512")
	// No settings of the user's (who may have top divide by the number of cores), and decimal points.
	top.Env = []string{"HOME=/nonexistent", "LC_ALL=C", "TERM=dumb"}
	out, err := top.Output()
	if err != nil {
		t.Fatalf("top: %v", err)
	}
	screen, err := parseTop(out)
	if err != nil {
		t.Fatalf("top: %v\n%s", err, out)
	}
	screen.end = time.Now()
	return screen
}

var headerValue = regexp.MustCompile(`([\d.]+)\s*(us|sy|ni|id|wa|hi|si|st)\b`)

func parseTop(out []byte) (topScreen, error) {
	screens := 0
	var s topScreen
	var columns []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		line := lines.Text()
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "top - "):
			screens++
			s, columns = topScreen{header: map[string]float64{}, cpu: map[int]float64{}}, nil
		case strings.HasPrefix(line, "%Cpu"):
			for _, m := range headerValue.FindAllStringSubmatch(line, -1) {
				s.header[m[2]], _ = strconv.ParseFloat(m[1], 64)
			}
		case slices.Contains(fields, "%CPU"):
			columns = fields
		case columns != nil && len(fields) >= len(columns):
			pid, err := strconv.Atoi(fields[slices.Index(columns, "PID")])
			if err != nil {
				return s, err
			}
			if s.cpu[pid], err = strconv.ParseFloat(fields[slices.Index(columns, "%CPU")], 64); err != nil {
				return s, err
			}
		}
	}
	if screens != 2 || len(s.header) != 8 || len(s.cpu) == 0 {
		return s, fmt.Errorf("%d screens, a header of %d, %d processes", screens, len(s.header), len(s.cpu))
	}
	return s, nil
}
