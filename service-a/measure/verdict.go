package measure

import "cmp"

// What can limit the QPS of a run.
const (
	LimitGenerator = "generator"  // A itself
	LimitCPU       = "cpu"        // the host's CPU was saturated, which is the goal
	LimitWorkers   = "ai_workers" // B's workers were all busy
	LimitQueue     = "queue"      // B's queue was full and rejected requests
	LimitNone      = "none"       // no resource was saturated
	LimitUnknown   = "unknown"    // no resource seems saturated, but some could not be read
)

// Verdict says whether a run's figures are reliable and what limited it.
type Verdict struct {
	Valid   bool     `json:"valid"`
	Limit   string   `json:"limit"`
	Reasons []string `json:"reasons"` // sentences: the finding and what to do about it
}

// finding is the result of one rule.
type finding struct {
	invalid bool   // the figures are unreliable
	limit   string // "" if this did not limit the run
	reason  string
}

// judge applies the rules in the order of their reasons in the report. Those that make a run invalid come
// first. The first limit found is the one reported.
func judge(r Run, c Conditions) Verdict {
	v := Verdict{Valid: true}
	for _, check := range []func(Run, Conditions) (f finding, applies bool){
		nothingSucceeded, cannotFill, settingsChanged, instancesChanged, away, clockStepped, littleBroken, late, dropping, generatorFull,
		cpuFull, workersFull, queueFull, clocksApart, unreadB,
	} {
		if f, applies := check(r, c); applies {
			v.add(f)
		}
	}
	if v.Limit == "" {
		v.add(unlimited(r, c))
	}
	return v
}

func (v *Verdict) add(f finding) {
	v.Valid = v.Valid && !f.invalid
	v.Limit = cmp.Or(v.Limit, f.limit)
	if f.reason != "" {
		v.Reasons = append(v.Reasons, f.reason)
	}
}
