package target

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"batchlab/service-a/measure"
)

// Figures reads the metrics of all replicas at once. It leaves out those that do not answer in time.
func (a *Admin) Figures(ctx context.Context) measure.Server {
	if a == nil {
		return measure.Server{At: time.Now()}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.resolver.Endpoints().Order(0)) == 0 {
		_ = a.resolver.Refresh(ctx) // without an address, nothing answers
	}
	round := a.read(ctx)
	server := measure.Server{Asked: round.asked, At: round.at}
	var now []process
	for _, replica := range round.answers {
		a.add(&server, replica)
		if replica.metrics["batcher_uptime_seconds"] != nil { // otherwise it is another server, or an older B
			now = append(now, processOf(round, replica))
		}
	}
	server.Changes = a.processes.take(round, now)
	server.Used, server.Unread = a.processes.used, a.processes.unread(round)
	return server
}

// round is one reading of all replicas.
type round struct {
	asked, at time.Time // when A sent its questions, and had the last answer
	answers   []answer
	listed    []netip.AddrPort        // all addresses known
	refused   map[netip.AddrPort]bool // no connection; unlike an answer that is slow
}

// answer is what one replica showed.
type answer struct {
	addr    netip.AddrPort
	metrics exposition
}

func (a *Admin) read(ctx context.Context) round {
	endpoints := a.resolver.Endpoints()
	r := round{asked: time.Now(), listed: endpoints.Order(0), refused: map[netip.AddrPort]bool{}}
	var mu sync.Mutex // guards r.refused
	answers, err := ask(endpoints, func(addr netip.AddrPort) (answer, error) {
		metrics, err := a.scrape(ctx, addr)
		if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" && !dial.Timeout() {
			mu.Lock()
			defer mu.Unlock()
			r.refused[addr] = true
		}
		return answer{addr, metrics}, err
	})
	if err != nil {
		a.resolver.Failed()
	}
	r.answers, r.at = answers, time.Now()
	return r
}

// add adds one more replica to server.
func (a *Admin) add(server *measure.Server, replica answer) {
	value := replica.metrics.value
	server.Instances++
	server.QueueDepth += int(value("batcher_queue_depth"))
	server.QueueLimit += int(value("batcher_queue_limit"))
	server.Workers += int(value("batcher_ai_workers"))
	server.Cores += value("batcher_cpu_cores")
	host, first := replica.metrics.labels("batcher_host_info")["boot_id"], server.Instances == 1
	server.SameHost = a.bootID != "" && host == a.bootID && (server.SameHost || first)
	server.Elsewhere = a.bootID != "" && host != "" && host != a.bootID && (server.Elsewhere || first)
	server.BatchSize = max(server.BatchSize, int(value("batcher_batch_size_configured")))
	settings := replica.metrics.labels("batcher_config_info")
	if server.Partial != "fail" { // one "fail" is enough for the warning
		server.Partial = settings["partial_batch"]
	}
	server.Settings = merged(server.Settings, settings)
}

// merged adds the settings of one more replica. A setting that differs gets all its values.
func merged(all, more map[string]string) map[string]string {
	if all == nil {
		return more
	}
	for name, value := range more {
		switch known, ok := all[name]; {
		case !ok:
			all[name] = value
		case !slices.Contains(strings.Split(known, ", "), value):
			all[name] = known + ", " + value
		}
	}
	return all
}
