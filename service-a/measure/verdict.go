package measure

import "cmp"

// What can limit the QPS of a run.
const (
	LimitGenerator = "generator"  // A itself
	LimitCPU       = "cpu"        // A and B used all the CPU that they can get, as they should
	LimitOthers    = "others"     // other programs or virtual machines used most of a saturated CPU
	LimitWorkers   = "ai_workers" // B's workers were all busy
	LimitQueue     = "queue"      // B's queue was full and rejected requests
	LimitNone      = "none"       // no resource was saturated
	LimitUnknown   = "unknown"    // B changed during the run, or a resource could not be read
)

// Verdict says whether a run's figures are reliable and what limited it.
type Verdict struct {
	Valid   bool     `json:"valid"`
	Limit   string   `json:"limit"`
	Reasons []string `json:"reasons"` // sentences: the finding, a colon and what to do about it
}

// finding is the result of one rule.
type finding struct {
	invalid bool   // the figures are unreliable
	limit   string // "" if this did not limit the run
	reason  string
}

// judge applies the rules in order. The first limit found is the one reported.
func judge(r Run, c Conditions) Verdict {
	var found []finding
	for _, check := range []func(Run, Conditions) (f finding, applies bool){
		nothingSucceeded, mostlyFailed, cannotFill, mixed, settingsDiffer, away, clockStepped, littleBroken, late,
		dropping, unconnected, generatorFull, serverFull, cpuFull, othersBusy, stolen, workersFull, queueFull, shuttingDown,
		clocksApart, clockAhead, beyondHistogram, tooShort, unreadB,
	} {
		if f, applies := check(r, c); applies {
			found = append(found, f)
		}
	}
	v := verdictOf(found)
	if v.Limit == "" {
		v.add(unlimited(r, c))
	}
	return v
}

// verdictOf puts the reasons that make a run invalid first.
func verdictOf(found []finding) Verdict {
	v := Verdict{Valid: true}
	for _, invalid := range []bool{true, false} {
		for _, f := range found {
			if f.invalid == invalid {
				v.add(f)
			}
		}
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
