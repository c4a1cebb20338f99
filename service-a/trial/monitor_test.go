package trial

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"batchlab/service-a/measure"
	"batchlab/service-a/target"
)

// A reading that lacks an instance is not the last state of B, but A's requests count.
func TestReadingWithoutAnInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{born: time.Now()}
		admin, hidden, counts := listen(t, l.metrics), false, measure.Counts{}
		resolver, err := target.NewResolver(&url.URL{Scheme: "http", Host: "b:5001"}, func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		resolver.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if hidden && strings.HasPrefix(address, "10.0.0.2:") {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
			return admin.dial(ctx, network, "10.0.0.1:5001")
		}
		m := newMonitor(target.NewAdmin(resolver), func() measure.Counts { return counts })
		m.read(t.Context())
		time.Sleep(time.Second)
		hidden, counts[measure.OK] = true, 3
		if got := m.read(t.Context()); got.Instances != 1 || got.Unread != 1 {
			t.Fatalf("%d instances, %d unread; want 1, 1", got.Instances, got.Unread)
		}
		if latest, _ := m.seen(); latest.Instances != 2 || latest.Recent[measure.OK] != 3 {
			t.Errorf("the last state has %d instances, and %d ok replies; want 2, 3", latest.Instances, latest.Recent[measure.OK])
		}
	})
}

// A reading that waits for another one ends with its context.
func TestReadingThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMonitor(nil, nil)
		m.reading <- struct{}{}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if got := m.read(ctx); !got.At.IsZero() {
			t.Errorf("read %+v, want nothing", got)
		}
	})
}
