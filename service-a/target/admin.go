package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"batchlab/internal/hostid"
	"batchlab/service-b/api"
)

const (
	settingsWithin = 5 * time.Second // one request; a busy replica may be slow
	figuresWithin  = time.Second     // one scrape
	maxReply       = 8 << 20         // bytes
)

// Admin talks to all replicas of B at their admin port. A nil Admin stands for a B without an admin port:
// it has no figures and no settings. Safe for concurrent use.
type Admin struct {
	resolver      *Resolver
	client        *http.Client
	figuresWithin time.Duration // bounds one scrape
	bootID        string        // of A's host; "" = unknown

	mu        sync.Mutex // held during a reading, so that readings arrive in order
	processes processes
}

// NewAdmin returns an Admin for the replicas behind the URL. It uses no proxy and a new connection per request.
func NewAdmin(resolver *Resolver) *Admin {
	return &Admin{
		resolver: resolver,
		client: &http.Client{
			Timeout:       settingsWithin,
			Transport:     &http.Transport{DialContext: resolver.Dial, DisableKeepAlives: true, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		figuresWithin: figuresWithin,
		bootID:        hostid.Boot(),
	}
}

// Run keeps the addresses of the replicas up to date until ctx ends.
func (a *Admin) Run(ctx context.Context) {
	if a != nil {
		a.resolver.Run(ctx)
	}
}

// do makes a request to one replica. It returns the body of a 200, or an error with the replica's reason.
func (a *Admin) do(ctx context.Context, method string, addr netip.AddrPort, path string, body []byte) ([]byte, error) {
	u := a.resolver.URL().JoinPath(path)
	u.Host = addr.String()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Host = a.resolver.URL().Host
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, err // it already names the method and the URL
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	switch {
	case err != nil:
	case len(reply) > maxReply:
		err = fmt.Errorf("the reply is longer than %d bytes", maxReply)
	case resp.StatusCode != http.StatusOK:
		var refusal api.ErrorReply
		_ = json.Unmarshal(reply, &refusal) // otherwise the status alone must do
		err = errors.New(strings.TrimSuffix(resp.Status+": "+refusal.Error, ": "))
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, u, err)
	}
	return reply, nil
}

// ask asks all replicas at once. It returns the answers, and the errors of the replicas that did not
// answer. It tries the spare addresses, which lead to the same servers, only if none answers.
func ask[T any](endpoints *Endpoints, one func(netip.AddrPort) (T, error)) (answers []T, err error) {
	answers, err = askEach(endpoints.Spread, one)
	for i := 0; len(answers) == 0 && i < len(endpoints.Spare); i++ {
		answers, err = askEach(endpoints.Spare[i:i+1], one)
	}
	return answers, err
}

func askEach[T any](addrs []netip.AddrPort, one func(netip.AddrPort) (T, error)) (answers []T, err error) {
	all, errs := make([]T, len(addrs)), make([]error, len(addrs))
	var wg sync.WaitGroup
	for i, addr := range addrs {
		wg.Go(func() { all[i], errs[i] = one(addr) })
	}
	wg.Wait()
	for i, answer := range all {
		if errs[i] == nil {
			answers = append(answers, answer)
		}
	}
	return answers, errors.Join(errs...)
}
