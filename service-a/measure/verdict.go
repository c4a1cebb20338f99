package measure

import "slices"

// What limited the QPS of a run.
const (
	LimitGenerator = "generator"  // A itself
	LimitCPU       = "cpu"        // the host's CPU was saturated: that is the goal
	LimitWorkers   = "ai_workers" // B's workers were all busy
	LimitQueue     = "queue"      // B's queue was full and rejected requests
	LimitNone      = "none"       // no resource was saturated
	LimitUnknown   = "unknown"    // no resource seems saturated, but some could not be read
)

// Verdict says whether a run's figures are reliable and what limited it.
type Verdict struct {
	Valid   bool     `json:"valid"`
	Limit   string   `json:"limit"`
	Reasons []string `json:"reasons"` // sentences: what was found and what to do about it
}

// finding is the result of one rule.
type finding struct {
	invalid bool   // the figures are unreliable
	limit   string // "" if this did not limit the run
	reason  string
}

// rule checks for one thing; ok is false if it does not apply.
type rule func(r Run, c Conditions) (f finding, ok bool)

// rules are in the order of their reasons in the report: first what makes a run invalid. The first
// limit found is the one reported.
func rules() []rule {
	return []rule{
		nothingSucceeded, cannotFill, clockStepped, littleBroken, late, dropping, generatorFull,
		cpuFull, workersFull, queueFull, clocksApart,
	}
}

func judge(r Run, c Conditions) Verdict {
	v := Verdict{Valid: true}
	for _, check := range rules() {
		f, ok := check(r, c)
		if !ok {
			continue
		}
		v.Valid = v.Valid && !f.invalid
		v.Reasons = append(v.Reasons, f.reason)
		if v.Limit == "" {
			v.Limit = f.limit
		}
	}
	if v.Limit == "" {
		f := unlimited(r, c)
		v.Limit = f.limit
		v.Reasons = append(v.Reasons, f.reason)
	}
	v.Reasons = slices.DeleteFunc(v.Reasons, func(reason string) bool { return reason == "" })
	return v
}
