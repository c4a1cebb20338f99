package measure

import "fmt"

// Goal is what counts as good, beside what a run reached.
type Goal struct {
	Name    string  `json:"name"` // ends with the unit
	Want    float64 `json:"want"`
	Got     float64 `json:"got"`
	Kept    bool    `json:"kept"`
	Finding string  `json:"finding"` // a sentence
}

// FailedAtMost is the goal that at most so many percent of the requests fail.
func FailedAtMost(percent float64, t *Totals) Goal {
	got, failed := t.FailedPercent(), t.NotOK()
	shown := fmt.Sprintf("%.3g", got)
	if shown == fmt.Sprint(percent) && got != percent {
		shown = fmt.Sprintf("%.9g", got) // rounded, it would look kept
	}
	return Goal{
		Name: "failed_percent", Want: percent, Got: got, Kept: got <= percent,
		Finding: fmt.Sprintf("%d of %d requests failed (%s %%), GOAL_FAILED allows %g%%", failed, failed+t.Outcomes[OK], shown, percent),
	}
}
