package trial

import (
	"time"

	"batchlab/service-a/measure"
)

// outage tells from readings, in order, when B was away. A busy B may be slow to show its metrics or let requests time
// out, so one failed reading proves nothing, and any reply proves that B is there. The zero value has seen nothing.
type outage struct {
	sign     time.Time // of the last reading that showed B
	missing  time.Time // of the first reading since that did not; zero = none
	away     bool      // there was a second one
	answered int64     // at the sign: replies of any kind
	broken   int64     // at the sign: failed connections
}

// add adds one more reading. It returns how long B has been away, until now or until it was back; ok is false if it
// was not away.
func (o *outage) add(at time.Time, readable bool, seen measure.Counts) (away measure.Change, ok bool) {
	var answered int64
	for i, n := range seen {
		if outcome := measure.Outcome(i); outcome != measure.Timeout && outcome != measure.Connection {
			answered += n
		}
	}
	broken := seen[measure.Connection]
	there := answered > o.answered || readable && broken == o.broken
	if o.sign.IsZero() {
		o.sign = at
	}
	switch {
	case there:
	case o.missing.IsZero():
		o.missing = at
	case at.Sub(o.missing) >= watchEvery/2: // A itself may have had no CPU during the first
		o.away = true
	}
	if ok = o.away; ok {
		away = measure.Change{Kind: measure.Away, At: o.sign, Length: at.Sub(o.sign), Share: 1, What: "B did not answer"}
	}
	if there {
		*o = outage{sign: at, answered: answered, broken: broken}
	}
	return away, ok
}
