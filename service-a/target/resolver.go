// Package target is B as service-a knows it: its addresses, its figures and its settings.
package target

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	refreshEvery = 3 * time.Second
	lookupWithin = 2 * time.Second
	lookupGap    = 250 * time.Millisecond // at least, however often connections fail
)

// LookupFunc returns a host name's addresses; net.Resolver's LookupNetIP is one.
type LookupFunc func(ctx context.Context, network, host string) ([]netip.Addr, error)

// Endpoints are the addresses that a host name had at some time. Never changed once published.
type Endpoints struct {
	Spread []netip.AddrPort // the workers are spread over these
	Spare  []netip.AddrPort // the other family: the same servers again, used when none else answers
}

// Resolver keeps the addresses behind a URL's host name up to date. Its methods are safe for
// concurrent use.
type Resolver struct {
	url     *url.URL
	port    uint16
	lookup  LookupFunc
	current atomic.Pointer[Endpoints]
	failed  atomic.Bool   // an address did not answer since the last look-up
	kick    chan struct{} // asks for a look-up before it is due
}

// Parse returns a resolver for the host of rawURL that looks names up as the system does.
func Parse(rawURL string) (*Resolver, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	return NewResolver(u, SystemLookup)
}

// NewResolver returns a resolver for the host of u. Nothing is looked up before Refresh or Run.
func NewResolver(u *url.URL, lookup LookupFunc) (*Resolver, error) {
	port, err := strconv.ParseUint(portOf(u), 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port of %s: %w", u.Redacted(), err)
	}
	r := &Resolver{url: u, port: uint16(port), lookup: lookup, kick: make(chan struct{}, 1)}
	r.current.Store(&Endpoints{})
	return r, nil
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return "80"
}

// URL is the URL behind whose host name the addresses are. It must not be changed.
func (r *Resolver) URL() *url.URL { return r.url }

// Endpoints returns the addresses as last looked up; none when the name could not be resolved yet.
// A changed pointer means that a worker should see again where it belongs.
func (r *Resolver) Endpoints() *Endpoints { return r.current.Load() }

// Failed reports that an address could not be reached, and has the name looked up again soon.
func (r *Resolver) Failed() {
	r.failed.Store(true)
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// Run looks the name up every few seconds, and sooner after Failed, until ctx ends.
func (r *Resolver) Run(ctx context.Context) {
	for {
		_ = r.Refresh(ctx) // a name that is gone for now may be back later; dialling reports it
		if !wait(ctx, lookupGap, nil) || !wait(ctx, refreshEvery-lookupGap, r.kick) {
			return
		}
	}
}

// wait returns after d, or earlier when kicked; false when ctx ended first.
func wait(ctx context.Context, d time.Duration, kicked <-chan struct{}) bool {
	select {
	case <-time.After(d):
		return true
	case <-kicked:
		return true
	case <-ctx.Done():
		return false
	}
}

// Refresh looks the name up now. When that fails, the addresses known before stay.
func (r *Resolver) Refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookupWithin)
	defer cancel()
	addrs, err := r.lookup(ctx, "ip", r.url.Hostname())
	if err == nil && len(addrs) == 0 {
		err = fmt.Errorf("%s has no address", r.url.Hostname())
	}
	if err != nil {
		return err
	}
	found := r.sorted(addrs)
	old := r.current.Load()
	changed := !slices.Equal(found.Spread, old.Spread) || !slices.Equal(found.Spare, old.Spare)
	if r.failed.Swap(false) || changed {
		r.current.Store(found)
	}
	return nil
}

// sorted puts the addresses in an order that stays the same from one look-up to the next. Only one
// family counts as different servers: localhost, for one, is the same server by both.
func (r *Resolver) sorted(addrs []netip.Addr) *Endpoints {
	var v4, v6 []netip.AddrPort
	for _, addr := range addrs {
		if addr = addr.Unmap(); addr.Is4() {
			v4 = append(v4, netip.AddrPortFrom(addr, r.port))
		} else {
			v6 = append(v6, netip.AddrPortFrom(addr, r.port))
		}
	}
	slices.SortFunc(v4, netip.AddrPort.Compare)
	slices.SortFunc(v6, netip.AddrPort.Compare)
	v4, v6 = slices.Compact(v4), slices.Compact(v6)
	if len(v4) == 0 {
		return &Endpoints{Spread: v6}
	}
	return &Endpoints{Spread: v4, Spare: v6}
}

// Order lists all addresses in the order in which a worker tries them: its own comes first.
func (e *Endpoints) Order(worker int) []netip.AddrPort {
	if len(e.Spread) == 0 {
		return e.Spare
	}
	own := worker % len(e.Spread)
	return slices.Concat(e.Spread[own:], e.Spread[:own], e.Spare)
}

// SystemLookup resolves as the system does.
func SystemLookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, network, host)
}
