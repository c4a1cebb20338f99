// Package target is service-a's view of B: its addresses, its figures and its settings.
package target

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	refreshEvery = 3 * time.Second
	lookupWithin = 2 * time.Second
	probeWithin  = time.Second
	lookupGap    = 250 * time.Millisecond // at least, however often connections fail
)

// LookupFunc returns a host name's addresses; net.Resolver's LookupNetIP is one.
type LookupFunc func(ctx context.Context, network, host string) ([]netip.Addr, error)

// DialFunc connects; net.Dialer's DialContext is one.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Endpoints are the addresses of a host name at one time. They never change once published.
type Endpoints struct {
	Spread []netip.AddrPort // the workers are spread over these
	Spare  []netip.AddrPort // the other family: the same servers again, used if no other address answers
}

// Resolver keeps the addresses behind a URL's host name up to date. Safe for concurrent use.
type Resolver struct {
	Dial DialFunc // makes all connections to the host; default: net.Dialer. Set it before the first use.

	url     *url.URL
	port    uint16
	lookup  LookupFunc
	current atomic.Pointer[Endpoints]
	kick    chan struct{} // asks for a look-up before it is due

	mu    sync.Mutex
	found *Endpoints              // as last looked up
	down  map[netip.AddrPort]bool // those of found that did not answer; never all of them
}

// Parse returns a resolver for the host of rawURL that looks names up as the system does.
func Parse(rawURL string) (*Resolver, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	return NewResolver(u, net.DefaultResolver.LookupNetIP)
}

// NewResolver returns a resolver for the host of u. Nothing is looked up before Refresh or Run.
func NewResolver(u *url.URL, lookup LookupFunc) (*Resolver, error) {
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "80"), 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port of %s: %w", u.Redacted(), err)
	}
	r := &Resolver{
		Dial: (&net.Dialer{}).DialContext,
		url:  u, port: uint16(port), lookup: lookup, kick: make(chan struct{}, 1),
		found: &Endpoints{}, down: map[netip.AddrPort]bool{},
	}
	r.current.Store(r.found)
	return r, nil
}

// URL is the URL whose host name is resolved. It must not be changed.
func (r *Resolver) URL() *url.URL { return r.url }

// Endpoints returns the addresses not known to be unreachable. The pointer changes only when they do.
func (r *Resolver) Endpoints() *Endpoints { return r.current.Load() }

// Failed reports that an address did not answer, so that the name is looked up again soon.
func (r *Resolver) Failed() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// Unreachable reports that dialling an address failed. Endpoints omits it until Refresh reaches it, so
// that no other worker waits for it. The last address stays.
func (r *Resolver) Unreachable(addr netip.AddrPort) {
	r.Failed()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down[addr] = true
	if !r.publish() {
		delete(r.down, addr)
	}
}

// Run looks the name up every few seconds, and sooner after Failed, until ctx ends.
func (r *Resolver) Run(ctx context.Context) {
	for ctx.Err() == nil {
		_ = r.Refresh(ctx) // the name may come back; until then dialling reports the error
		wait(ctx, lookupGap, nil)
		wait(ctx, refreshEvery-lookupGap, r.kick)
	}
}

// wait returns after d, or earlier when kicked or when ctx ends.
func wait(ctx context.Context, d time.Duration, kicked <-chan struct{}) {
	select {
	case <-time.After(d):
	case <-kicked:
	case <-ctx.Done():
	}
}

// Refresh looks the name up now and probes addresses that did not answer. If the look-up fails, the old ones stay.
func (r *Resolver) Refresh(ctx context.Context) error {
	lookupCtx, cancel := context.WithTimeout(ctx, lookupWithin)
	defer cancel()
	addrs, err := r.lookup(lookupCtx, "ip", r.url.Hostname())
	if err == nil && len(addrs) == 0 {
		err = fmt.Errorf("%s has no address", r.url.Hostname())
	}
	if err == nil {
		r.replace(r.sorted(addrs))
	}
	r.probe(ctx)
	return err
}

// replace makes found the current addresses of the host name.
func (r *Resolver) replace(found *Endpoints) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found = found
	maps.DeleteFunc(r.down, func(addr netip.AddrPort, _ bool) bool { return !slices.Contains(found.Order(0), addr) })
	if !r.publish() {
		clear(r.down)
		r.publish()
	}
}

// probe dials the addresses that did not answer, and publishes those that now do.
func (r *Resolver) probe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	r.mu.Lock()
	down := slices.Collect(maps.Keys(r.down))
	r.mu.Unlock()
	var wg sync.WaitGroup
	for _, addr := range down {
		wg.Go(func() {
			if conn, err := r.Dial(ctx, "tcp", addr.String()); err == nil {
				conn.Close()
				r.mu.Lock()
				defer r.mu.Unlock()
				delete(r.down, addr)
				r.publish()
			}
		})
	}
	wg.Wait()
}

// publish returns false, and changes nothing, if no address is left. It must be called with mu held.
func (r *Resolver) publish() bool {
	old, now := r.current.Load(), r.found.without(r.down)
	if len(now.Order(0)) == 0 {
		return false
	}
	if !slices.Equal(now.Spread, old.Spread) || !slices.Equal(now.Spare, old.Spare) {
		r.current.Store(now)
	}
	return true
}

// sorted puts the addresses in an order that is the same at every look-up. Only one family counts as
// different servers, because a name such as localhost has the same server in both.
func (r *Resolver) sorted(addrs []netip.Addr) *Endpoints {
	family := func(v4 bool) (all []netip.AddrPort) {
		for _, addr := range addrs {
			if addr = addr.Unmap(); addr.Is4() == v4 {
				all = append(all, netip.AddrPortFrom(addr, r.port))
			}
		}
		slices.SortFunc(all, netip.AddrPort.Compare)
		return slices.Compact(all)
	}
	if v4 := family(true); len(v4) > 0 {
		return &Endpoints{Spread: v4, Spare: family(false)}
	}
	return &Endpoints{Spread: family(false)}
}

// Order lists all addresses in the order in which a worker tries them, its own first.
func (e *Endpoints) Order(worker int) []netip.AddrPort {
	if len(e.Spread) == 0 {
		return e.Spare
	}
	own := worker % len(e.Spread)
	return slices.Concat(e.Spread[own:], e.Spread[:own], e.Spare)
}

func (e *Endpoints) without(down map[netip.AddrPort]bool) *Endpoints {
	isDown := func(addr netip.AddrPort) bool { return down[addr] }
	return &Endpoints{
		Spread: slices.DeleteFunc(slices.Clone(e.Spread), isDown),
		Spare:  slices.DeleteFunc(slices.Clone(e.Spare), isDown),
	}
}
