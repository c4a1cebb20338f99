package model

import (
	"strings"
	"testing"

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
				clear(urls) // a model that keeps them is found by the race detector
			}
		})
	}
}
