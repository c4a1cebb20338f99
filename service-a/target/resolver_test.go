package target

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// names is a name service whose answer can be changed.
type names struct {
	addrs atomic.Pointer[[]netip.Addr]
	asked atomic.Int64
}

func (n *names) set(addrs ...string) {
	var parsed []netip.Addr
	for _, a := range addrs {
		parsed = append(parsed, netip.MustParseAddr(a))
	}
	n.addrs.Store(&parsed)
}

func (n *names) lookup(context.Context, string, string) ([]netip.Addr, error) {
	n.asked.Add(1)
	addrs := n.addrs.Load()
	if addrs == nil || len(*addrs) == 0 {
		return nil, errors.New("no such host")
	}
	return *addrs, nil
}

func (n *names) resolver(t *testing.T, rawURL string) *Resolver {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewResolver(u, n.lookup)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func addrPorts(addrs ...string) []netip.AddrPort {
	var all []netip.AddrPort
	for _, a := range addrs {
		all = append(all, netip.MustParseAddrPort(a))
	}
	return all
}

func TestResolve(t *testing.T) {
	tests := []struct {
		url           string
		found         []string
		spread, spare []netip.AddrPort
	}{
		{"http://b/testB", []string{"10.0.0.2"}, addrPorts("10.0.0.2:80"), nil},
		{"http://b:5000/testB", []string{"10.0.0.3", "10.0.0.1", "10.0.0.2", "10.0.0.1"}, addrPorts("10.0.0.1:5000", "10.0.0.2:5000", "10.0.0.3:5000"), nil},
		{"http://localhost:5000/testB", []string{"::1", "127.0.0.1"}, addrPorts("127.0.0.1:5000"), addrPorts("[::1]:5000")},
		{"http://b:5000/testB", []string{"::ffff:10.0.0.1", "10.0.0.1"}, addrPorts("10.0.0.1:5000"), nil},
		{"http://b:5000/testB", []string{"fd00::2", "fd00::1"}, addrPorts("[fd00::1]:5000", "[fd00::2]:5000"), nil},
	}
	for _, tt := range tests {
		var n names
		n.set(tt.found...)
		r := n.resolver(t, tt.url)
		if err := r.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if e := r.Endpoints(); !slices.Equal(e.Spread, tt.spread) || !slices.Equal(e.Spare, tt.spare) {
			t.Errorf("%s at %v: %v and %v, want %v and %v", tt.url, tt.found, e.Spread, e.Spare, tt.spread, tt.spare)
		}
	}
}

func TestWorkersAreSpread(t *testing.T) {
	e := &Endpoints{Spread: addrPorts("10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"), Spare: addrPorts("[::1]:1")}
	for worker, want := range [][]netip.AddrPort{
		addrPorts("10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "[::1]:1"),
		addrPorts("10.0.0.2:1", "10.0.0.3:1", "10.0.0.1:1", "[::1]:1"),
		addrPorts("10.0.0.3:1", "10.0.0.1:1", "10.0.0.2:1", "[::1]:1"),
		addrPorts("10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "[::1]:1"),
	} {
		if got := e.Order(worker); !slices.Equal(got, want) {
			t.Errorf("worker %d tries %v, want %v", worker, got, want)
		}
	}
}

func TestResolverNoticesChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n names
		n.set("10.0.0.1")
		r := n.resolver(t, "http://b:5000/testB")
		ctx, stop := context.WithCancel(t.Context())
		go r.Run(ctx)

		time.Sleep(10 * refreshEvery)
		synctest.Wait()
		first := r.Endpoints()
		if asked := n.asked.Load(); asked < 10 || asked > 12 {
			t.Errorf("looked up %d times in 10 intervals", asked)
		}
		n.set("10.0.0.2")
		time.Sleep(refreshEvery)
		synctest.Wait()
		second := r.Endpoints()
		if first == second || !slices.Equal(second.Spread, addrPorts("10.0.0.2:5000")) {
			t.Errorf("after the move: %v, want 10.0.0.2:5000", second.Spread)
		}

		n.set() // the name is gone: what was known stays
		time.Sleep(2 * refreshEvery)
		synctest.Wait()
		if r.Endpoints() != second {
			t.Errorf("after the name went: %v, want %v as before", r.Endpoints(), second)
		}

		n.set("10.0.0.3")
		r.Failed()
		time.Sleep(lookupGap)
		synctest.Wait()
		if got := r.Endpoints().Spread; !slices.Equal(got, addrPorts("10.0.0.3:5000")) {
			t.Errorf("soon after a failure: %v, want 10.0.0.3:5000", got)
		}

		before := n.asked.Load()
		for range 1000 { // failures of many workers do not become as many look-ups
			r.Failed()
			time.Sleep(time.Millisecond)
		}
		if asked := n.asked.Load() - before; asked > 5 {
			t.Errorf("looked up %d times in a second of failures, want about 4", asked)
		}
		stop()
		synctest.Wait()
	})
}

func TestFailureHasWorkersLookAgain(t *testing.T) {
	var n names
	n.set("10.0.0.1")
	r := n.resolver(t, "http://b:5000/testB")
	for range 2 {
		if err := r.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first := r.Endpoints()
	if err := r.Refresh(t.Context()); err != nil || r.Endpoints() != first {
		t.Errorf("nothing changed, but the endpoints were published again (%v)", err)
	}
	r.Failed()
	if err := r.Refresh(t.Context()); err != nil || r.Endpoints() == first {
		t.Errorf("an address failed, but the endpoints were not published again (%v)", err)
	}
}

// An answer without addresses is none: what was known stays.
func TestNoAddresses(t *testing.T) {
	n, empty := names{}, false
	n.set("10.0.0.1")
	r := n.resolver(t, "http://b:5000/testB")
	r.lookup = func(ctx context.Context, network, host string) ([]netip.Addr, error) {
		if empty {
			return nil, nil
		}
		return n.lookup(ctx, network, host)
	}
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	empty = true
	if err := r.Refresh(t.Context()); err == nil || len(r.Endpoints().Spread) != 1 {
		t.Errorf("error %v, endpoints %v; want an error, and 10.0.0.1 as before", err, r.Endpoints())
	}
}
