package api_test

import (
	"testing"
	"time"

	"batchlab/service-b/api"
)

func TestMillis(t *testing.T) {
	at := func(micros int64, fraction bool) api.Millis { return api.MillisOf(time.UnixMicro(micros), fraction) }
	tests := []struct {
		millis api.Millis
		want   string
	}{
		{at(1499, false), "1"},
		{at(1500, false), "2"},
		{at(1500, true), "1.500"},
		{at(5000, false).Sub(at(2000, false)), "3"},
		{at(5000, true).Sub(at(2000, false)), "3.000"},
		{at(5000, false).Sub(at(2001, true)), "2.999"},
		{at(2001, true).Sub(at(5000, false)), "-2.999"},
		{at(2000, false).Sub(at(5000, false)), "-3"},
		{at(1, true).Sub(at(2, true)), "-0.001"},
	}
	for _, tt := range tests {
		if got := string(tt.millis.AppendJSON(nil)); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if got := at(2500, true).Duration(); got != 2500*time.Microsecond {
		t.Errorf("duration %v", got)
	}
}
