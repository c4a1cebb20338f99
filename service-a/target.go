package main

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/target"
)

// targetAdmin reads what B's instances say of themselves. Safe for concurrent use.
type targetAdmin struct {
	url      *url.URL
	resolver *target.Resolver
	client   *http.Client

	mu   sync.Mutex
	seen map[netip.AddrPort]measure.ServerCounters // of each instance when it was last asked
	used measure.ServerCounters                    // of all of them since they were first asked
}

func newTargetAdmin(u *url.URL, resolver *target.Resolver) *targetAdmin {
	return &targetAdmin{
		url: u, resolver: resolver, client: &http.Client{Timeout: time.Second, Transport: &http.Transport{}},
		seen: map[netip.AddrPort]measure.ServerCounters{},
	}
}

// ask asks all instances at once. Those that do not answer are left out.
func (t *targetAdmin) ask(ctx context.Context) measure.Server {
	t.mu.Lock()
	defer t.mu.Unlock()
	if endpoints := t.resolver.Endpoints(); len(endpoints.Spread) == 0 {
		_ = t.resolver.Refresh(ctx) // what has no address does not answer
	}
	endpoints := t.resolver.Endpoints()
	server := t.askAll(ctx, endpoints.Spread)
	for _, spare := range endpoints.Spare {
		if server.Instances == 0 {
			server = t.askAll(ctx, []netip.AddrPort{spare})
		}
	}
	server.At, server.Used = time.Now(), t.used
	return server
}

func (t *targetAdmin) askAll(ctx context.Context, addrs []netip.AddrPort) measure.Server {
	answers := make([]families, len(addrs))
	var wg sync.WaitGroup
	for i, addr := range addrs {
		wg.Go(func() { answers[i] = t.scrape(ctx, addr) })
	}
	wg.Wait()
	var server measure.Server
	for i, answer := range answers {
		if answer == nil {
			t.resolver.Failed()
			continue
		}
		server.Instances++
		server.QueueDepth += int(answer.value("batcher_queue_depth"))
		server.QueueLimit += int(answer.value("batcher_queue_limit"))
		server.Workers += int(answer.value("batcher_ai_workers"))
		server.BatchSize = max(server.BatchSize, int(answer.value("batcher_batch_size_configured")))
		server.Partial = answer.label("batcher_config_info", "partial_batch")
		t.add(addrs[i], answer.counters())
	}
	return server
}

// add adds what an instance used since it was last asked. One that was restarted counts from 0.
func (t *targetAdmin) add(addr netip.AddrPort, now measure.ServerCounters) {
	before, known := t.seen[addr]
	t.seen[addr] = now
	if !known {
		return
	}
	if now.CPUSeconds < before.CPUSeconds {
		before = measure.ServerCounters{}
	}
	t.used = t.used.Plus(now.Since(before))
}

func (t *targetAdmin) scrape(ctx context.Context, addr netip.AddrPort) families {
	u := t.url.JoinPath("metrics")
	u.Host = addr.String()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil
	}
	req.Host = t.url.Host
	resp, err := t.client.Do(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	found, err := parseMetrics(resp)
	if err != nil {
		return nil
	}
	return found
}
