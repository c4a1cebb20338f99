package report

import (
	"fmt"
	"io"
	"slices"
	"time"

	"batchlab/service-a/measure"
)

// Changed warns that B changed when that much time had passed.
func (l *Live) Changed(c measure.Change, elapsed time.Duration) {
	l.print(fmt.Sprintf("WARNING: at %.0f s, %s", elapsed.Seconds(), c), yellow)
}

// changes lists what happened to B, with the time since the run started.
func changes(w io.Writer, s measure.Summary) {
	if len(s.Timeline) == 0 {
		return
	}
	fmt.Fprintln(w, "\nchanges of B")
	for _, c := range byTime(s.Timeline) {
		fmt.Fprintf(w, "%8.1f s  %s\n", c.At.Sub(s.Started).Seconds(), wrap(c.String(), "            "))
	}
}

func byTime(t measure.Timeline) []measure.Change {
	return slices.SortedStableFunc(slices.Values(t), func(a, b measure.Change) int { return a.At.Compare(b.At) })
}

// server is the object b of the document. Null figures are unknown.
type server struct {
	AIBusyPercent    *float64          `json:"ai_busy_percent"`    // share of the workers' time in AI calls
	BatchFillPercent *float64          `json:"batch_fill_percent"` // requests / BATCH_SIZE of the batches that ran
	Settings         map[string]string `json:"settings"`           // at the end; "10, 20" if instances differ
	Restarts         int               `json:"restarts"`
	Changes          []change          `json:"changes"`
}

// change is something that happened to B. Times are seconds since the run started, warm-up included.
type change struct {
	Kind    measure.ChangeKind `json:"kind"`
	AtS     float64            `json:"at_s"`
	LengthS float64            `json:"length_s"` // how long B was away, at most; settings: until they reached the last instance
	What    string             `json:"what"`
}

// serverOf returns nil if nothing is known of B.
func serverOf(s measure.Summary) *server {
	if s.B == nil && s.Server.Settings == nil && len(s.Timeline) == 0 {
		return nil
	}
	b := &server{Settings: s.Server.Settings, Restarts: s.Timeline.Restarts(), Changes: []change{}}
	if s.B != nil {
		b.AIBusyPercent, b.BatchFillPercent = &s.B.AIBusyPercent, &s.B.BatchFillPercent
	}
	for _, c := range byTime(s.Timeline) {
		b.Changes = append(b.Changes, change{c.Kind, inSeconds(c.At.Sub(s.Started)), inSeconds(c.Length), c.What})
	}
	return b
}

// addTo is the inverse of serverOf.
func (b *server) addTo(s *measure.Summary) {
	if b == nil {
		return
	}
	s.Server.Settings = b.Settings
	if b.AIBusyPercent != nil && b.BatchFillPercent != nil {
		s.B = &measure.Between{AIBusyPercent: *b.AIBusyPercent, BatchFillPercent: *b.BatchFillPercent}
	}
	for _, c := range b.Changes {
		s.Timeline.Add(measure.Change{Kind: c.Kind, At: s.Started.Add(seconds(c.AtS)), Length: seconds(c.LengthS), What: c.What})
	}
}

func inSeconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
