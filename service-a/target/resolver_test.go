package target

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// names is a name service whose answer a test can change.
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

		n.set() // the name is gone: the old addresses stay
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
		for range 1000 { // failures of many workers do not cause as many look-ups
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

// An address that could not be dialled is omitted until it answers a probe.
func TestUnreachable(t *testing.T) {
	var n names
	n.set("10.0.0.1", "10.0.0.2", "fd00::1")
	r := n.resolver(t, "http://b:5000/testB")
	var mu sync.Mutex
	var dialled []string
	answers := false
	r.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		dialled = append(dialled, address)
		if !answers {
			return nil, errors.New("refused")
		}
		client, _ := net.Pipe()
		return client, nil
	}
	refresh := func() {
		t.Helper()
		if err := r.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	published := func(when string, spread, spare []netip.AddrPort) {
		t.Helper()
		if e := r.Endpoints(); !slices.Equal(e.Spread, spread) || !slices.Equal(e.Spare, spare) {
			t.Errorf("%s: %v and %v, want %v and %v", when, e.Spread, e.Spare, spread, spare)
		}
	}
	first, second, spare := addrPorts("10.0.0.1:5000"), addrPorts("10.0.0.2:5000"), addrPorts("[fd00::1]:5000")

	refresh()
	published("at first", slices.Concat(first, second), spare)
	r.Unreachable(second[0])
	published("when one is down", first, spare)
	before := r.Endpoints()
	refresh()
	if r.Endpoints() != before {
		t.Error("nothing changed, but the endpoints were published again")
	}
	r.Unreachable(first[0])
	published("when one family is down", nil, spare)
	r.Unreachable(spare[0])
	published("when all are down", nil, spare)
	answers = true
	n.addrs.Store(nil) // they are probed even while the name service fails
	if err := r.Refresh(t.Context()); err == nil {
		t.Error("a failed look-up is not reported")
	}
	published("when they are back", slices.Concat(first, second), spare)
	slices.Sort(dialled)
	if want := []string{"10.0.0.1:5000", "10.0.0.2:5000", "10.0.0.2:5000"}; !slices.Equal(dialled, want) {
		t.Errorf("probed %v, want %v", dialled, want)
	}
}

// A look-up that finds only addresses that were down before gives them another chance.
func TestOnlyUnreachableOnesAreLeft(t *testing.T) {
	var n names
	n.set("10.0.0.1", "10.0.0.2")
	r := n.resolver(t, "http://b:5000/testB")
	r.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
	for _, addrs := range [][]string{{"10.0.0.1", "10.0.0.2"}, {"10.0.0.2"}} {
		n.set(addrs...)
		if err := r.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.Endpoints().Spread; len(got) != len(addrs) || got[len(got)-1].Addr().String() != "10.0.0.2" {
			t.Errorf("%v were found, but %v published", addrs, got)
		}
		r.Unreachable(netip.MustParseAddrPort("10.0.0.2:5000"))
		r.Unreachable(netip.MustParseAddrPort("10.9.9.9:5000")) // no longer one of them
	}
	if got, want := r.Endpoints().Spread, addrPorts("10.0.0.2:5000"); !slices.Equal(got, want) {
		t.Errorf("published %v, want %v", got, want)
	}
}

// An answer without addresses counts as a failure: the old ones stay.
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
