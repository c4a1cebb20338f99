package measure

import "slices"

// What kept a run from being faster.
const (
	LimitGenerator = "generator"  // A itself
	LimitCPU       = "cpu"        // the host's processors were full: that is the aim
	LimitWorkers   = "ai_workers" // B's workers were all busy
	LimitQueue     = "queue"      // B's queue was full, and refused requests
	LimitNone      = "none"       // nothing was full
	LimitUnknown   = "unknown"    // nothing was seen to be full, but not all could be seen
)

// Verdict says whether a run may be believed, and what bounded it.
type Verdict struct {
	Valid   bool
	Limit   string
	Reasons []string // sentences: what was found, and what to do about it
}

// finding is what one rule has to say.
type finding struct {
	invalid bool   // the figures cannot be believed
	limit   string // "" when this is no limit
	reason  string
}

// rule looks for one thing; ok is false when it is not there.
type rule func(r Run, seen Seen) (f finding, ok bool)

// rules come in the order in which their reasons are read: what makes a run invalid first. Of the
// limits that were hit the first one counts.
func rules() []rule {
	return []rule{
		nothingSucceeded, cannotFill, clockStepped, littleBroken, late, dropping, generatorFull,
		cpuFull, workersFull, queueFull, clocksApart,
	}
}

func judge(r Run, seen Seen) Verdict {
	v := Verdict{Valid: true}
	for _, look := range rules() {
		f, ok := look(r, seen)
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
		f := unlimited(r, seen)
		v.Limit = f.limit
		v.Reasons = append(v.Reasons, f.reason)
	}
	v.Reasons = slices.DeleteFunc(v.Reasons, func(reason string) bool { return reason == "" })
	return v
}
