package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"reflect"
	"slices"

	"batchlab/service-b/api"
)

// ErrNoAdmin is the error for settings of a B without an admin port.
var ErrNoAdmin = errors.New("no settings without an admin port of B: TARGET_ADMIN_URL is none")

// Settings are the settings of one replica.
type Settings struct {
	Addr   netip.AddrPort // of the replica's admin port
	Config api.Config

	object []byte // the whole reply to GET /config, the model's settings included
}

// Settings reads the settings of all replicas, in the order of their addresses. It fails if one does not answer.
func (a *Admin) Settings(ctx context.Context) ([]Settings, error) {
	if a == nil {
		return nil, ErrNoAdmin
	}
	if err := a.resolver.Refresh(ctx); err != nil {
		return nil, err
	}
	return ask(a.resolver.Endpoints(), func(addr netip.AddrPort) (Settings, error) { return a.settings(ctx, addr) })
}

func (a *Admin) settings(ctx context.Context, addr netip.AddrPort) (Settings, error) {
	object, err := a.do(ctx, http.MethodGet, addr, api.ConfigPath, nil)
	if err != nil {
		return Settings{}, err
	}
	s := Settings{Addr: addr, object: object}
	if err := json.Unmarshal(object, &s.Config); err != nil {
		return s, fmt.Errorf("settings of %s: %w", addr, err)
	}
	return s, nil
}

// Patch changes the settings of all replicas, or of none. It returns the old ones, for Restore. If a
// replica refuses, does not answer, or shows other values afterwards, Patch restores those changed so
// far, and the error names the replica and its reason.
func (a *Admin) Patch(ctx context.Context, patch api.ConfigPatch) (before []Settings, err error) {
	body, err := json.Marshal(patch)
	if err != nil {
		return nil, err
	}
	if before, err = a.Settings(ctx); err != nil {
		return nil, err
	}
	for i, replica := range before {
		if err := a.change(ctx, replica.Addr, body); err != nil {
			return nil, errors.Join(err, a.Restore(before[:i+1])) // the change may have reached the last one too
		}
	}
	return before, nil
}

// Restore gives each replica exactly the settings that it had before. Its error names the replicas where that failed.
// It takes no context, because it must also work after an interrupt. Each request has a timeout instead.
func (a *Admin) Restore(before []Settings) error {
	ctx := context.Background()
	var errs []error
	for _, replica := range before {
		if now, err := a.settings(ctx, replica.Addr); err == nil && holds(now.object, replica.object) == nil {
			continue
		}
		if err := a.change(ctx, replica.Addr, replica.object); err != nil {
			errs = append(errs, fmt.Errorf("not restored: %w", err))
		}
	}
	return errors.Join(errs...)
}

// change sends patch to a replica, and reads its settings back.
func (a *Admin) change(ctx context.Context, addr netip.AddrPort, patch []byte) error {
	if _, err := a.do(ctx, http.MethodPatch, addr, api.ConfigPath, patch); err != nil {
		return err
	}
	now, err := a.settings(ctx, addr)
	if err != nil {
		return err
	}
	if err := holds(now.object, patch); err != nil {
		return fmt.Errorf("settings of %s after PATCH: %w", addr, err)
	}
	return nil
}

// holds returns an error if a setting in want has a different value in got. Both are JSON objects.
func holds(got, want []byte) error {
	var have, wanted map[string]any
	if err := errors.Join(json.Unmarshal(got, &have), json.Unmarshal(want, &wanted)); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if !reflect.DeepEqual(have[name], wanted[name]) {
			return fmt.Errorf("%s is %v, want %v", name, have[name], wanted[name])
		}
	}
	return nil
}
