package model

import (
	"reflect"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"batchlab/internal/settings"
)

// Every model of the table keeps what Model promises, with its default settings.
func TestEveryModel(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range Table() {
		t.Run(kind.Name, func(t *testing.T) {
			if kind.Name == "" || seen[kind.Name] || strings.ToLower(kind.Name) != kind.Name {
				t.Errorf("%q is empty, not in lower case, or there twice", kind.Name)
			}
			seen[kind.Name] = true
			chosen := kind.Settings()
			if err := settings.Parse(nil, chosen); err != nil {
				t.Fatal(err)
			}
			m := kind.New(chosen)
			checkConfigure(t, m, chosen)
			checkMetrics(t, m)
			kind.Configure(m, chosen)
			for _, n := range []int{1, 3, 32} {
				urls := make([]string, n)
				for i := range urls {
					urls[i] = "http://example.com/a.png"
				}
				results, err := m.Infer(t.Context(), urls)
				if err != nil || len(results) != n {
					t.Errorf("%d URLs: %d results, %v", n, len(results), err)
				}
				clear(urls) // the race detector finds a model that keeps them
			}
		})
	}
}

// PATCH /config must not claim to change a setting that the model never receives.
func checkConfigure(t *testing.T, m Model, chosen any) {
	t.Helper()
	method, ok := reflect.TypeOf(m).MethodByName("Configure")
	ok = ok && method.Type.NumIn() == 2 && method.Type.In(1) == reflect.TypeOf(chosen).Elem()
	for f := range settings.Fields(chosen) {
		if f.Key != "" && !ok {
			t.Errorf("%s has a json tag, so PATCH /config changes it, but %T has no method Configure(%v)", f.Variable, m, reflect.TypeOf(chosen).Elem())
		}
	}
}

// Names and help texts follow Prometheus' conventions.
func checkMetrics(t *testing.T, m Model) {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(Collectors(m)...)
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("metric %s: %s", p.Metric, p.Text)
	}
	families, _ := registry.Gather() // it just worked
	for _, family := range families {
		if !strings.HasPrefix(family.GetName(), "batcher_ai_") {
			t.Errorf("metric %s: want a name that begins with batcher_ai_", family.GetName())
		}
	}
}
