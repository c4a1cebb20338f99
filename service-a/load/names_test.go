package load

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"testing"

	"batchlab/service-a/target"
)

// names is a name service whose answer a test can change.
type names struct{ addrs atomic.Pointer[[]netip.Addr] }

func (n *names) set(addrs ...string) {
	var parsed []netip.Addr
	for _, addr := range addrs {
		parsed = append(parsed, netip.MustParseAddr(addr))
	}
	n.addrs.Store(&parsed)
}

func (n *names) lookup(context.Context, string, string) ([]netip.Addr, error) {
	if addrs := n.addrs.Load(); addrs != nil {
		return *addrs, nil
	}
	return nil, errors.New("no such host")
}

func (n *names) resolver(t *testing.T, rawURL string) *target.Resolver {
	t.Helper()
	r, err := target.NewResolver(parse(t, rawURL), n.lookup)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
