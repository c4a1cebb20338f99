package trial

import (
	"time"

	"batchlab/service-a/measure"
)

// presence tells whether B is there. A busy B may be slow to show its metrics or let requests time out, so one failed
// reading proves nothing, and any reply proves that B is there. The zero value has seen nothing.
type presence struct {
	sign     time.Time // of the last reading with a sign of B
	missing  time.Time // of the first reading since without one; zero = there is none
	away     bool      // there was a second one
	answered int64     // at the sign: replies of any kind
	broken   int64     // at the sign: failed connections
}

// add adds one more reading. It returns how long B has been away, until now or until it was back; ok is false if it
// was not away.
func (p *presence) add(at time.Time, readable bool, seen measure.Counts) (away measure.Change, ok bool) {
	var answered int64
	for o, n := range seen {
		if o := measure.Outcome(o); o != measure.Timeout && o != measure.Connection {
			answered += n
		}
	}
	broken := seen[measure.Connection]
	there := answered > p.answered || readable && broken == p.broken
	if p.sign.IsZero() {
		p.sign = at
	}
	switch {
	case there:
	case p.missing.IsZero():
		p.missing = at
	case at.Sub(p.missing) >= watchEvery/2: // A itself may have had no CPU during the first
		p.away = true
	}
	if ok = p.away; ok {
		away = measure.Change{Kind: measure.Away, At: p.sign, Length: at.Sub(p.sign), Share: 1, What: "B did not answer"}
	}
	if there {
		*p = presence{sign: at, answered: answered, broken: broken}
	}
	return away, ok
}
