package api_test

import (
	"encoding/json"
	"testing"
	"time"

	"batchlab/service-b/api"
)

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{`"200us"`: 200 * time.Microsecond, `"1m30s"`: 90 * time.Second, `"0s"`: 0} {
		var d api.Duration
		if err := json.Unmarshal([]byte(text), &d); err != nil || time.Duration(d) != want {
			t.Errorf("%s: read as %v, %v", text, d, err)
		}
		if got, err := json.Marshal(d); err != nil || string(got) != text {
			t.Errorf("%s: written as %s, %v", text, got, err)
		}
	}
	var d api.Duration
	if err := json.Unmarshal([]byte(`"soon"`), &d); err == nil {
		t.Errorf("soon: read as %v", d)
	}
}
