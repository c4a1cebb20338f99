package target

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"batchlab/service-b/api"
)

func TestSettingsOfAllReplicas(t *testing.T) {
	admin, b := replicas(t, 2)
	b[1].config["batch_size"], b[1].config["batch_timeout"] = 20, "1m30s"
	got, err := admin.Settings(t.Context())
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v; want two", got, err)
	}
	first := api.Config{BatchSize: 10, BatchTimeout: api.Duration(time.Second), PartialBatch: "fail", QueueLimit: 800}
	second := first
	second.BatchSize, second.BatchTimeout = 20, api.Duration(90*time.Second)
	if got[0].Config != first || got[1].Config != second {
		t.Errorf("settings are %+v and %+v, want %+v and %+v", got[0].Config, got[1].Config, first, second)
	}
	if got[0].Addr.String() != b[0].Listener.Addr().String() || got[1].Addr.String() != b[1].Listener.Addr().String() {
		t.Errorf("settings of %s and %s, want %s and %s", got[0].Addr, got[1].Addr, b[0].Listener.Addr(), b[1].Listener.Addr())
	}
}

// Each replica gets back the settings it had, even those that A does not know.
func TestPatchAndRestore(t *testing.T) {
	admin, b := replicas(t, 3)
	b[1].config["batch_size"], b[2].config["ai_batch_cost"] = 7, "9ms"
	var had []string
	for _, r := range b {
		had = append(had, r.object())
	}
	before, err := admin.Patch(t.Context(), api.ConfigPatch{BatchSize: new(25), AIWorkers: new(3)})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range b {
		if r.setting("batch_size") != "25" || r.setting("ai_workers") != "3" || r.setting("queue_limit") != "800" {
			t.Errorf("replica %d is at %s", i, r.object())
		}
		if len(r.patches) != 1 || r.patches[0] != `{"batch_size":25,"ai_workers":3}` {
			t.Errorf("replica %d got %q, want exactly the patch", i, r.patches)
		}
	}
	b[2].config["ai_batch_cost"] = "1ms" // changed by somebody else meanwhile
	if err := admin.Restore(before); err != nil {
		t.Fatal(err)
	}
	for i, r := range b {
		if r.object() != had[i] {
			t.Errorf("replica %d was restored to\n%s\nwant\n%s", i, r.object(), had[i])
		}
	}
	if err := admin.Restore(before); err != nil || len(b[0].patches) != 2 {
		t.Errorf("restored again: %v, %d PATCHes, want none for settings that are in force", err, len(b[0].patches))
	}
}

// untouched expects that Patch fails for those reasons, and that the given replicas are as before.
func untouched(t *testing.T, admin *Admin, b []*replica, reasons ...string) {
	t.Helper()
	var had []string
	for _, r := range b {
		had = append(had, r.object())
	}
	before, err := admin.Patch(t.Context(), api.ConfigPatch{BatchSize: new(900)})
	if err == nil || before != nil {
		t.Fatalf("patched: %v, %v", before, err)
	}
	for _, reason := range reasons {
		if !strings.Contains(err.Error(), reason) {
			t.Errorf("error %q does not say %q", err, reason)
		}
	}
	for i, r := range b {
		if r.object() != had[i] {
			t.Errorf("replica %d is at\n%s\nwant\n%s", i, r.object(), had[i])
		}
	}
}

func TestOneReplicaRefuses(t *testing.T) {
	for refusing := range 3 {
		admin, b := replicas(t, 3)
		b[refusing].hooks = append(b[refusing].hooks, refuse)
		untouched(t, admin, b, "PATCH "+b[refusing].URL+"/config: 400 Bad Request: batch_size is 900, allowed is 1 to queue_limit")
		for i, r := range b {
			want := 0 // after the one that refuses
			if i < refusing {
				want = 2 // the change and the restore
			} else if i == refusing {
				want = 1
			}
			if len(r.patches) != want {
				t.Errorf("replica %d refused, replica %d got %d PATCHes, want %d", refusing, i, len(r.patches), want)
			}
		}
	}
}

// A replica that does not answer may have changed anyway, so it is restored too.
func TestOneReplicaHangsUp(t *testing.T) {
	admin, b := replicas(t, 2)
	b[1].hooks = append(b[1].hooks, func(http.ResponseWriter, *http.Request) {
		b[1].config["batch_size"] = 900
		panic(http.ErrAbortHandler)
	})
	untouched(t, admin, b, b[1].URL+"/config")
}

func TestOneReplicaIgnoresTheChange(t *testing.T) {
	admin, b := replicas(t, 2)
	b[1].hooks = append(b[1].hooks, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	untouched(t, admin, b, "settings of "+b[1].Listener.Addr().String()+" after PATCH: batch_size is 10, want 900")
}

// A replica that dies when its turn comes cannot be restored, and the error says so; the others are restored.
func TestOneReplicaDies(t *testing.T) {
	admin, b := replicas(t, 3)
	b[1].hooks = append(b[1].hooks, func(w http.ResponseWriter, r *http.Request) {
		_ = b[1].Listener.Close()
		hangUp(w, r)
	})
	untouched(t, admin, []*replica{b[0], b[2]}, "Patch \""+b[1].URL+"/config\"", "not restored: Patch \""+b[1].URL+"/config\"")
}

// If a replica is down from the start, none is changed.
func TestOneReplicaIsAway(t *testing.T) {
	admin, b := replicas(t, 2)
	b[1].Close()
	untouched(t, admin, b[:1], b[1].Listener.Addr().String())
	if len(b[0].patches) != 0 {
		t.Errorf("the other one got %q, want no PATCH", b[0].patches)
	}
}

func TestReplicaThatHangsIsGivenUp(t *testing.T) {
	admin, b := replicas(t, 2)
	admin.client.Timeout = 100 * time.Millisecond
	release := make(chan struct{})
	defer close(release)
	b[1].replace(func(http.ResponseWriter, *http.Request) { <-release })
	untouched(t, admin, b[:1], b[1].Listener.Addr().String())
}

// Restore continues after a failure.
func TestRestoreTriesAll(t *testing.T) {
	admin, b := replicas(t, 3)
	before, err := admin.Patch(t.Context(), api.ConfigPatch{QueueLimit: new(5000)})
	if err != nil {
		t.Fatal(err)
	}
	b[0].Close()
	b[1].hooks = append(b[1].hooks, refuse)
	err = admin.Restore(before)
	if err == nil || !strings.Contains(err.Error(), b[0].Listener.Addr().String()) || !strings.Contains(err.Error(), b[1].Listener.Addr().String()) || strings.Contains(err.Error(), b[2].Listener.Addr().String()) {
		t.Errorf("error %v, want one that names the first two replicas", err)
	}
	if b[2].setting("queue_limit") != "800" || b[1].setting("queue_limit") != "5000" {
		t.Errorf("queue limits are %s and %s, want 5000 and 800", b[1].setting("queue_limit"), b[2].setting("queue_limit"))
	}
	if err := admin.Restore(before[1:]); err != nil || b[1].setting("queue_limit") != "800" {
		t.Errorf("second attempt: %v, queue limit %s, want 800", err, b[1].setting("queue_limit"))
	}
}

// A change that is interrupted half-way is still undone.
func TestInterruptedPatchIsTakenBack(t *testing.T) {
	admin, b := replicas(t, 2)
	ctx, interrupt := context.WithCancel(t.Context())
	b[1].hooks = append(b[1].hooks, func(w http.ResponseWriter, r *http.Request) { interrupt(); hangUp(w, r) })
	if _, err := admin.Patch(ctx, api.ConfigPatch{BatchSize: new(20)}); err == nil {
		t.Error("no error")
	}
	if b[0].object() != b[1].object() || b[0].setting("batch_size") != "10" {
		t.Errorf("settings are %s and %s, want batch_size 10", b[0].object(), b[1].object())
	}
}

func TestNoAdminPort(t *testing.T) {
	var none *Admin
	if _, err := none.Settings(t.Context()); !errors.Is(err, ErrNoAdmin) {
		t.Errorf("settings: %v, want ErrNoAdmin", err)
	}
	if _, err := none.Patch(t.Context(), api.ConfigPatch{BatchSize: new(20)}); !errors.Is(err, ErrNoAdmin) {
		t.Errorf("patch: %v, want ErrNoAdmin", err)
	}
	if err := none.Restore(nil); err != nil {
		t.Errorf("nothing to restore: %v", err)
	}
	if got := none.Figures(t.Context()); got.Instances != 0 || got.At.IsZero() {
		t.Errorf("figures: %+v, want only the time", got)
	}
	none.Run(t.Context()) // returns at once
}

func TestSettingsWithoutAnAddress(t *testing.T) {
	var n names
	admin := NewAdmin(n.resolver(t, "http://b:5001"))
	if got, err := admin.Settings(t.Context()); err == nil {
		t.Errorf("no address, but settings %v", got)
	}
}
