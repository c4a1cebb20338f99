//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answers are numbers of replies by kind. B counts what it replied, clients count what they received.
type answers map[string]int64

var kinds = []string{"ok", "busy", "incomplete", "failed", "rejected"}

// kindOf is the kind of a reply by its status; "" if B never replies so.
func kindOf(status int) string {
	return map[int]string{
		http.StatusOK: "ok", http.StatusServiceUnavailable: "busy", http.StatusGatewayTimeout: "incomplete",
		http.StatusInternalServerError: "failed", http.StatusBadRequest: "rejected", http.StatusRequestEntityTooLarge: "rejected",
	}[status]
}

func (a answers) plus(more answers) answers { return a.add(more, 1) }

func (a answers) minus(fewer answers) answers { return a.add(fewer, -1) }

func (a answers) add(b answers, factor int64) answers {
	sum := maps.Clone(a)
	if sum == nil {
		sum = answers{}
	}
	for kind, n := range b {
		sum[kind] += factor * n
	}
	return sum
}

func (a answers) total() (n int64) {
	for _, more := range a {
		n += more
	}
	return n
}

func (a answers) String() string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(a)) {
		if a[kind] != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", a[kind], kind))
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("%d in all", a.total())), ", ")
}

// served is what one B counted.
type served struct {
	replies  answers
	canceled int64 // the client went away before the reply
}

func (s served) plus(more served) served {
	return served{s.replies.plus(more.replies), s.canceled + more.canceled}
}

func (s served) minus(fewer served) served {
	return served{s.replies.minus(fewer.replies), s.canceled - fewer.canceled}
}

// servedFrom adds up B's counters by outcome, as in its metrics and in its last log line.
func servedFrom(outcomes map[string]int64) served {
	return served{canceled: outcomes["canceled"], replies: answers{
		"ok": outcomes["ok"], "busy": outcomes["busy"] + outcomes["draining"], "incomplete": outcomes["incomplete"],
		"failed": outcomes["failed"], "rejected": outcomes["invalid"] + outcomes["too_large"],
	}}
}

// received is what one client of B counted.
type received struct {
	replies    answers
	unanswered int64 // requests, or attempts to connect, that ended without a reply
	malformed  int64
}

func (r received) plus(more received) received {
	return received{r.replies.plus(more.replies), r.unanswered + more.unanswered, r.malformed + more.malformed}
}

func (r received) minus(fewer received) received {
	return received{r.replies.minus(fewer.replies), r.unanswered - fewer.unanswered, r.malformed - fewer.malformed}
}

// receivedFrom adds up A's counters by outcome, as in its metrics and in its report.
func receivedFrom(outcomes map[string]int64) received {
	return received{unanswered: outcomes["timeout"] + outcomes["connection"], malformed: outcomes["malformed"], replies: answers{
		"ok": outcomes["ok"], "busy": outcomes["busy"], "incomplete": outcomes["incomplete"] + outcomes["left_over"],
		"failed": outcomes["failed"], "rejected": outcomes["rejected"],
	}}
}

// unbalanced says where the counts of B and those of its clients contradict each other. Each reply that a
// client received was counted once by B. What B counted beyond that, clients miss: a client that waited no longer, or
// that was cut off.
func unbalanced(b served, clients received) (found []string) {
	missed := b.canceled
	for _, kind := range kinds {
		more := b.replies[kind] - clients.replies[kind]
		if more < 0 {
			found = append(found, fmt.Sprintf("%s: B counted %d replies, its clients received %d", kind, b.replies[kind], clients.replies[kind]))
		}
		missed += more
	}
	if missed > clients.unanswered {
		found = append(found, fmt.Sprintf("B counted %d requests that no client received a reply to; clients miss %d", missed, clients.unanswered))
	}
	if clients.malformed > 0 {
		found = append(found, fmt.Sprintf("%d replies are malformed", clients.malformed))
	}
	return found
}

func TestUnbalanced(t *testing.T) {
	for _, c := range []struct {
		name    string
		b       served
		clients received
		want    int
	}{
		{"the same", served{answers{"ok": 10, "busy": 2}, 0}, received{answers{"ok": 10, "busy": 2}, 0, 0}, 0},
		{"a client waited no longer", served{answers{"ok": 10}, 3}, received{answers{"ok": 10}, 3, 0}, 0},
		{"replies were lost on a network that was cut", served{answers{"ok": 10}, 0}, received{answers{"ok": 8}, 2, 0}, 0},
		{"attempts to connect never reach B", served{answers{"ok": 10}, 0}, received{answers{"ok": 10}, 5, 0}, 0},
		{"a reply that B did not count", served{answers{"ok": 10}, 0}, received{answers{"ok": 11}, 0, 0}, 1},
		{"a reply of another kind", served{answers{"ok": 10}, 0}, received{answers{"failed": 10}, 0, 0}, 1},
		{"a request counted twice by B", served{answers{"ok": 11}, 0}, received{answers{"ok": 10}, 0, 0}, 1},
		{"a request that B gave up without a reason", served{answers{"ok": 10}, 1}, received{answers{"ok": 10}, 0, 0}, 1},
		{"no reply of B", served{answers{"ok": 10}, 0}, received{answers{"ok": 10}, 0, 1}, 1},
	} {
		if got := unbalanced(c.b, c.clients); len(got) != c.want {
			t.Errorf("%s: %q, want %d", c.name, got, c.want)
		}
	}
}
